import type { FaultKind, GpadlPath } from '../../analysis';
import { atLeast } from '../../kernel/versions';
import { gpadlFlags, vmbusFlagsSince, type GpadlKind } from '../../kernel/trust';
import type { DmaProgram, Step } from '../../program/types';
import { scenariosFor } from '../../simulator';
import { isFeasible, legalFlags } from '../judge/judge';
import type { DeviceTrust } from '../judge/program';
import { deviceId, pageBytes, trustOfStep } from '../judge/program';
import type { JudgeContext, ScenarioChoice } from '../judge/context';

/** True if a channel with these flags keeps memory of this kind private. */
const keepsPrivate = (kind: GpadlKind, { ring, external }: DeviceTrust): boolean =>
  gpadlFlags[kind] === 'co_ring_buffer' ? ring : external;

/** The kind of this memory that a channel with these flags keeps private, or null. */
export function privateKind({ kinds }: GpadlPath, deviceTrust: DeviceTrust): GpadlKind | null {
  return kinds.find((kind) => keepsPrivate(kind, deviceTrust)) ?? null;
}

/**
 * The confidential VMs and channels in which a path fails: it shares memory that the channel keeps private or, by testing
 * the wrong flag, leaves the buffers of a channel private that has only a private ring.
 */
export function gpadlWorlds(path: GpadlPath, fault: FaultKind, { kernel }: JudgeContext): ScenarioChoice[] {
  const { trust } = path;
  const goesWrong = (deviceTrust: DeviceTrust, coco: ScenarioChoice['scenario']['machine']['coco']): boolean =>
    fault === 'keeps-private'
      ? deviceTrust.ring && !deviceTrust.external
      : privateKind(path, deviceTrust) !== null && isFeasible({ trust }, coco, deviceTrust);
  return scenariosFor({ kernel, bus: 'vmbus' })
    .filter(({ machine, driver, device }) => machine.coco !== 'none' && driver === undefined && device === undefined)
    .flatMap((scenario) =>
      legalFlags
        .filter((deviceTrust) => goesWrong(deviceTrust, scenario.machine.coco))
        .map((deviceTrust) => ({ scenario, deviceTrust })),
    );
}

const phys = '0x120000000';

/** The program of the path for one page of the memory, and the use of that page afterwards. */
export function gpadlProgram(
  path: GpadlPath,
  { scenario, deviceTrust }: ScenarioChoice,
  context: JudgeContext,
): DmaProgram {
  const { machine } = scenario;
  const device: Step = {
    op: 'device',
    id: deviceId,
    lifecycle: ['zeroed'],
    coherentMask: 0,
    ...trustOfStep(deviceTrust),
  };
  const steps: Step[] = [device, ...context.registration(deviceTrust)];
  steps.push({ op: 'alloc_pages', phys, pages: 1, comment: 'zeroed memory' });
  const store = {
    op: 'cpu_write',
    phys,
    offset: 0,
    size: pageBytes,
    comment: 'the guest stores data in the page',
  } as const;
  const kind = deviceTrust && privateKind(path, deviceTrust);
  if (!kind) {
    const ranges = [{ phys, offset: 0, size: pageBytes }];
    const comment = 'the page, never decrypted, is passed to the device';
    return {
      version: 1,
      machine,
      steps: [...steps, store, { op: 'vmbus_sendpacket', device: deviceId, ranges, comment }],
    };
  }
  const at = context.placeOf(path.share.event);
  steps.push({ op: 'set_memory_decrypted', phys, pages: 1, at });
  // before 6.19, only the tree under review has the flags
  if (atLeast(machine.kernel, vmbusFlagsSince)) {
    const comment = 'the channel would have kept the page private';
    steps.push({ op: 'vmbus_establish_gpadl', id: 'g0', device: deviceId, kind, phys, pages: 1, comment });
  }
  return { version: 1, machine, steps: [...steps, store] };
}
