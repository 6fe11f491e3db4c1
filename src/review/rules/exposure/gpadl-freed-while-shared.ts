import { gpadlCalls } from '../../../kernel/resources';
import type { FaultPath } from '../../../analysis';
import { exposedAtEnd } from '../../shown';
import type { FaultRule } from '../../faults/rule';

/** GPADL memory is freed without a test whether it is private again. */
export const gpadlFreedWhileShared: FaultRule = {
  kind: 'fault',
  id: 'gpadl-freed-while-shared',
  title: 'GPADL memory is freed although it may still be decrypted',
  level: 'error',
  basis: 'run',
  tiers: ['certain', 'likely'],
  words: gpadlCalls,
  faults: ['gpadl-freed'],
  wording: (found) => ({
    message: 'memory of a GPADL is freed without a test of gpadl.decrypted and may still be shared with the host',
    remark: 'freed, possibly still shared',
    assumptions: isLinked(found) ? [] : ['the freed memory belongs to the GPADL'],
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
