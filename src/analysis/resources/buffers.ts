import type { Value } from '../domain/values';
import { pageAddresses } from '../../kernel/resources';
import type { Frame } from '../frame/frame';
import type { ResourceEvent } from '../domain/events';

/** What names memory: the page for both a page and its address. */
export function memoryOf(pointer: Value): Value {
  const [page] = pointer.k === 'call' && pageAddresses.has(pointer.name) ? pointer.args : [];
  return page ? memoryOf(page) : pointer;
}

/** The kind of memory a pointer comes from, where this function or a callee allocated it. */
export function allocationOf(
  frame: Pick<Frame, 'made'>,
  pointer: Value,
): (ResourceEvent & { effect: { kind: 'allocate' } }) | null {
  const made = frame.made.get(memoryOf(pointer).key);
  return made?.effect.kind === 'allocate' ? { ...made, effect: made.effect } : null;
}
