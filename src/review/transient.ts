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
 * What devices of a bus that streams in confidential VMs meet in a kernel with CONFIG_SWIOTLB_DYNAMIC. Where the code that
 * registers them is under review, that is the place to mend, and the drivers' calls are related to it; else each driver has
 * one finding.
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
    for (const place of [{ file, ...range.start, end: range.end, message: 'maps through such a device' }, ...related])
      relate(roots, place);
  if (roots.length > 0) return roots;
  for (const { group } of elsewhere.filter(isVmbus))
    relate(drivers, locator.note(visibleSite(group.subject), 'registers such devices'));
  return drivers;
}

interface Surroundings {
  readonly files: readonly FileAnalysis[];
  readonly buses: Registrations['registered'];
}

/** The first map call of a driver that fails so; the others of the file are related to it. */
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
    relate([first], { file: name, ...range.start, end: range.end, message: 'fails in the same way' });
  return [first];
}
