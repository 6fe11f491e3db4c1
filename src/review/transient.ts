import type { FileAnalysis, Workspace } from '../analysis';
import type { Registrations } from './drivers';
import { isBarred, isVmbus, registersItself, relate } from './drivers';
import { findIn, groupFrom, groupsOf } from './groups';
import type { Locator } from './locate';
import { visibleSite } from './locate';
import { aboutTransientPools } from './rules';
import { registrationFor, setupInSight } from './setup';
import type { Finding } from './types';
import type { JudgeContext } from './judge/context';

const rules = { causes: [], companions: aboutTransientPools };

/**
 * Findings about transient pools in a kernel with CONFIG_SWIOTLB_DYNAMIC. If the code that registers the devices is under
 * review, the finding is there, and the drivers' calls are related to it; otherwise each driver has one finding.
 */
export function reviewTransientPools(
  workspace: Workspace,
  files: readonly FileAnalysis[],
  { registered, elsewhere }: Registrations,
  context: JudgeContext,
  locator: Locator,
): Finding[] {
  if (!context.dynamicPools) return [];
  const own = registered.filter(isVmbus);
  const roots = own.flatMap(({ group }) => findIn(group, context, locator, rules));
  const buses = own.length > 0 ? registered : elsewhere;
  const drivers = files.flatMap((file) => inDriver(workspace, file, { files, buses }, context, locator));
  for (const { file, range, related } of drivers)
    for (const place of [
      { file, ...range.start, end: range.end, message: 'maps through one of these devices' },
      ...related,
    ])
      relate(roots, place);
  if (roots.length > 0) return roots;
  for (const { group } of elsewhere.filter(isVmbus))
    relate(drivers, locator.note(visibleSite(group.subject), 'registers these devices'));
  return drivers;
}

interface Surroundings {
  readonly files: readonly FileAnalysis[];
  readonly buses: Registrations['registered'];
}

/** The first failing map call of a driver, with the others of the file as related places. */
function inDriver(
  workspace: Workspace,
  file: FileAnalysis,
  { files, buses }: Surroundings,
  context: JudgeContext,
  locator: Locator,
): Finding[] {
  if (isBarred(file)) return [];
  const inSight = setupInSight(files, buses);
  const maps = file.uses.filter(
    (path) => path.subject.k === 'map' && path.bus?.channel !== undefined && !registersItself(path),
  );
  const found = groupsOf(maps).flatMap((paths) => {
    const [first] = paths;
    if (!first) return [];
    const own = { ...context, registration: registrationFor(first, inSight, locator) };
    return findIn(groupFrom(workspace, paths, own), own, locator, rules);
  });
  const [first, ...others] = found;
  if (!first) return [];
  for (const { file: name, range } of others)
    relate([first], { file: name, ...range.start, end: range.end, message: 'fails the same way' });
  return [first];
}
