import type { DevicePath, FileAnalysis, Workspace } from '../analysis';
import { decidesTrust } from '../kernel/extension';
import { isBarred, registrationOf } from './drivers';
import { findIn, groupFrom, groupsOf, type ReviewedGroup } from './groups';
import type { Locator } from './locate';
import { withoutPlaces } from './judge/outcomes';
import { maskStep, presetRegistration } from './judge/program';
import { aboutAllocations, aboutFrees, aboutMasks } from './rules';
import type { GroupRule } from './group';
import type { Finding } from './types';
import type { JudgeContext } from './judge/context';

/**
 * Reviews what drivers and buses do with a device besides mapping: coherent allocations, masks, and the end of its life. A
 * driver's device has the masks set by its bus and by other functions of the files.
 */
export function reviewSetup(
  workspace: Workspace,
  files: readonly FileAnalysis[],
  registered: readonly ReviewedGroup[],
  context: JudgeContext,
  locator: Locator,
): Finding[] {
  const inSight = setupInSight(files, registered);
  return files.flatMap((file) => {
    const review = (paths: readonly DevicePath[], rules: readonly GroupRule[]): Finding[] =>
      groupsOf(paths).flatMap((group) => {
        const [first] = group;
        if (!first) return [];
        const registration = registrationFor(first, inSight, locator);
        const own = { ...context, registration };
        const applicable = rules.filter((rule) => !rule.needsFlags || !isBarred(file));
        return findIn(groupFrom(workspace, group, own), own, locator, { causes: [], companions: applicable });
      });
    const { uses } = file;
    return [
      ...review(
        uses.filter(({ subject }) => subject.k === 'alloc'),
        aboutAllocations,
      ),
      ...review([...file.masks, ...uses.filter(({ noMaskPointer }) => noMaskPointer)], aboutMasks),
      ...review(file.frees, aboutFrees),
    ];
  });
}

/** The known code that sets up a driver's devices. */
export interface InSight {
  readonly buses: readonly DevicePath[];
  readonly masks: readonly DevicePath[];
  readonly writes: readonly DevicePath[];
}

/** What the files and the known bus code do to devices before a driver's function runs. */
export function setupInSight(files: readonly FileAnalysis[], registered: readonly ReviewedGroup[]): InSight {
  return {
    buses: registered
      .filter(({ group }) => decidesTrust(group.paths[0]?.path.bus))
      .flatMap(({ group }) => group.paths.map(({ path }) => path)),
    masks: files.flatMap((file) => file.masks),
    writes: files.flatMap((file) => file.writes),
  };
}

/** The registration of a path's device: known or preset, with the masks and the pool that other functions set. */
export function registrationFor(
  path: DevicePath,
  { buses, masks, writes }: InSight,
  locator: Locator,
): JudgeContext['registration'] {
  const elsewhere = (other: DevicePath): boolean => other.root !== path.root;
  const sameKind = (other: DevicePath): boolean => other.bus === path.bus || other.bus === null;
  const set = masks.filter((other) => elsewhere(other) && sameKind(other));
  const own = decidesTrust(path.bus) ? buses.filter(({ bus }) => bus?.bus === path.bus?.bus) : [];
  const registers = registrationOf(own, writes.filter(elsewhere), locator, presetRegistration(path.bus));
  // functions that set the same mask make one step
  const steps = new Map(
    set.flatMap((other) => maskStep(other, locator.place).map((step) => [JSON.stringify(step, withoutPlaces), step])),
  );
  return (deviceTrust) => [...registers(deviceTrust), ...steps.values()];
}
