import type { DeviceEvent } from '../../../analysis';
import { eventsOn } from '../../../analysis';
import type { Group, GroupRule, Match } from '../../group';
import { calledName, firstShown } from '../../group';
import type { JudgedPath, ScenarioRun } from '../../judge/judge';
import { visibleSite } from '../../locate';

/**
 * The bus leaves the coherent mask at 0 and nothing sets it: coherent allocations warn and fail, and in a confidential VM
 * whose kernel has CONFIG_SWIOTLB_DYNAMIC no transient pool can be allocated for a map.
 */
export const coherentMaskUnset: GroupRule = {
  kind: 'path',
  id: 'coherent-mask-unset',
  title: 'The coherent DMA mask stays 0',
  level: 'warning',
  basis: 'run',
  tiers: ['certain', 'likely'],
  on: ['allocation', 'transient-pool'],
  find: (group) => (group.subject.k === 'alloc' ? allocations(group) : streams(group)),
};

function allocations({ paths }: Group): Match[] {
  // the mask of a device that is created here, or is on an unknown bus, may be set elsewhere
  const left = paths.filter(({ path }) => path.bus?.masks && !path.events.some((event) => event.k === 'lifecycle'));
  return firstShown(left, failures, ({ path }) => ({
    message: `${calledName(path.subject)} always fails: ${path.bus?.bus ?? 'the bus'} leaves the coherent mask at 0 and nothing sets it`,
    remark: 'coherent_dma_mask is 0',
    outcome: 'the allocation warns about !dev->coherent_dma_mask and returns NULL',
  }));
}

function failures(judged: JudgedPath): readonly ScenarioRun[] {
  return judged.runs.filter(({ trace, judged: at }) => {
    const step = trace.steps[at];
    return step?.result.result === 'error' && step.device?.coherentMask === 0;
  });
}

const outcome = 'the pool is full, and no transient pool can be allocated below a coherent mask of 0: the map fails';

function streams({ paths, subject }: Group): Match[] {
  if (subject.k !== 'lifecycle') {
    return firstShown(paths, withoutTransientPool, ({ path }) => ({
      message: `${calledName(path.subject)} fails once the bounce pool is full: ${path.bus?.bus ?? 'the bus'} leaves the coherent mask at 0 and nothing sets it`,
      remark: 'may need a transient pool',
      outcome,
    }));
  }
  const half = paths.filter(({ path }) => streamingMaskAlone(eventsOn(path)));
  return firstShown(half, withoutTransientPool, ({ path }) => {
    const call = streamingMaskAlone(eventsOn(path)) ?? path.subject;
    return {
      at: visibleSite(call),
      message: `${calledName(call)} leaves the coherent mask at 0, so maps fail once the bounce pool is full`,
      remark: 'sets only the streaming mask',
      outcome,
    };
  });
}

/** The call that sets the streaming mask of a device whose coherent mask nothing sets, or null. */
function streamingMaskAlone(events: readonly DeviceEvent[]): DeviceEvent | null {
  const coherent = events.some(
    (event) =>
      (event.k === 'mask' && event.effect.which !== 'streaming') ||
      (event.k === 'field' && event.name === 'coherent_dma_mask'),
  );
  return coherent ? null : (events.findLast(({ k }) => k === 'mask') ?? null);
}

/** Runs in which the map finds the pool full and no page for a transient pool, because the coherent mask is 0. */
function withoutTransientPool(judged: JudgedPath): readonly ScenarioRun[] {
  return judged.withFullPool.filter(({ trace, judged: at }) =>
    trace.steps[at]?.result.causes?.some(
      (cause) => cause.why === 'mask-too-narrow' && cause.mask === 'coherent' && cause.bits === 0,
    ),
  );
}
