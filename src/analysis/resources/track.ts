import type { ResourceEvent } from '../domain/events';
import type { State } from '../domain/state';
import { withEvent, withResource } from '../domain/state';
import { newResource } from './faults';
import { heldLock, withUnlocked } from './locks';
import { trackMap, trackTest, unmapList, unmapPage } from './mappings';
import { trackAddress, trackSend } from './raw';
import { trackConvert, trackFree, trackGpadl } from './memory';
import { trackSync } from './reads';
import type { Frame } from '../frame/frame';
import { recordFault } from '../frame/record-fault';

/** The state after a resource event: dispatches to the transfer function of its effect. */
export function applyResourceEvent(frame: Frame, state: State, event: ResourceEvent): State {
  const { effect } = event;
  if (effect.kind === 'allocate') {
    frame.origins.set(event.result.key, event);
    const lock = event.flags.includes('GFP_KERNEL') ? heldLock(state) : undefined;
    if (lock) recordFault(frame, withEvent(state, event), 'in-atomic', event, lock.origin);
    return state;
  }
  const next = withEvent(state, event);
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
      return trackSync(next, event.args[effect.handle], effect.to);
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
        newResource(next, event, event.args[0] ?? event.result, 'held'),
      );
    case 'unlock':
      return withUnlocked(next, `lock:${event.args[0]?.key ?? ''}`);
  }
}
