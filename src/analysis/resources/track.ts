import type { ResourceEvent } from '../domain/events';
import type { State } from '../domain/state';
import { record, withResource } from '../domain/state';
import { fresh } from './faults';
import { heldLock, unlock } from './locks';
import { trackMap, trackTest, unmapList, unmapPage } from './mappings';
import { trackAddress, trackSend } from './raw';
import { trackConvert, trackFree, trackGpadl } from './memory';
import { afterSync } from './reads';
import type { Frame } from '../frame/frame';
import { recordFault } from '../frame/record-fault';

/** Appends the event to the path and applies it to the resources of the path. */
export function track(frame: Frame, state: State, event: ResourceEvent): State {
  const { effect } = event;
  if (effect.kind === 'allocate') {
    frame.made.set(event.result.key, event);
    const lock = event.flags.includes('GFP_KERNEL') ? heldLock(state) : undefined;
    if (lock) recordFault(frame, record(state, event), 'in-atomic', event, lock.made);
    return state;
  }
  const next = record(state, event);
  switch (effect.kind) {
    case 'map':
      return trackMap(frame, next, event, effect);
    case 'unmap':
      return effect.form === 'sg' ? unmapList(frame, next, event, effect) : unmapPage(frame, next, event, effect);
    case 'address':
      return trackAddress(frame, next, event);
    case 'send':
      return trackSend(frame, next, event, event.args[effect.packet]);
    case 'test':
      return trackTest(state, event, event.args[effect.handle]);
    case 'sync':
      return afterSync(next, event.args[effect.handle], effect.to);
    case 'free':
      return trackFree(frame, next, event, event.args[effect.pointer]);
    case 'convert':
      return trackConvert(frame, next, event, effect);
    case 'establish':
    case 'teardown':
      return trackGpadl(frame, next, event, effect);
    case 'lock':
      return withResource(
        next,
        `lock:${event.args[0]?.key ?? ''}`,
        fresh(next, event, event.args[0] ?? event.result, 'held'),
      );
    case 'unlock':
      return unlock(next, `lock:${event.args[0]?.key ?? ''}`);
  }
}
