import type { Value } from '../domain/values';
import { pageAddresses } from '../../kernel/resources';
import type { Frame } from '../frame/frame';
import type { ResourceEvent } from '../domain/events';

/** The value that identifies memory: for the address of a page, as from page_address(), the page. */
export function memoryOf(pointer: Value): Value {
  const [page] = pointer.k === 'call' && pageAddresses.has(pointer.name) ? pointer.args : [];
  return page ? memoryOf(page) : pointer;
}

/** The call that allocated the memory of a pointer, in this function or a callee, or null. */
export function allocationOf(
  frame: Pick<Frame, 'origins'>,
  pointer: Value,
): (ResourceEvent & { effect: { kind: 'allocate' } }) | null {
  const origin = frame.origins.get(memoryOf(pointer).key);
  return origin?.effect.kind === 'allocate' ? { ...origin, effect: origin.effect } : null;
}
