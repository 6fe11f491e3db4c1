import type { FaultPath } from '../../analysis';
import { exposedAtEnd } from '../shown';
import type { FaultRule } from '../faults/rule';

/** The memory of a GPADL is freed, and nobody asked the GPADL whether it is private again. */
export const gpadlFreedWhileShared: FaultRule = {
  id: 'gpadl-freed-while-shared',
  level: 'error',
  kinds: ['gpadl-freed'],
  words: (found) => ({
    message: 'memory of a GPADL is freed without a test of its decrypted member: it may still be shared with the host',
    remark: 'freed, private or not',
    assumptions: isLinked(found) ? [] : ['the freed memory is that of the GPADL'],
  }),
  shows: (trace) => exposedAtEnd(trace),
};

/** The code says that the freed memory is the GPADL's: it was established over it here, or the GPADL's member is freed. */
function isLinked({ fault }: FaultPath): boolean {
  const { at, origin } = fault;
  const event = 'k' in at && at.k === 'resource' ? at : null;
  const freed = event?.effect.kind === 'free' ? event.args[event.effect.pointer] : undefined;
  return (
    origin?.effect.kind === 'establish' || (freed?.k === 'init' && freed.at.k === 'field' && freed.at.name === 'buffer')
  );
}
