import { signedCounts, unsignedCounts } from '../../kernel/resources';
import { evaluate } from '../frame/evaluate';
import { siteOf } from '../frame/record';
import type { Expr, Terminator } from '../ir/ir';
import type { State } from '../domain/state';
import type { Loc } from '../domain/values';
import type { Frame } from '../frame/frame';
import { recordFault } from '../frame/record-fault';

const unsignedTypes: ReadonlySet<string> = new Set([
  'unsigned',
  'unsigned int',
  'unsigned long',
  'unsigned short',
  'u8',
  'u16',
  'u32',
  'u64',
  'size_t',
  'uint32_t',
]);

/** Reports a `< 0` test of an entry count that is unsigned. */
export function reportUnsignedCheck(frame: Frame, state: State, end: Terminator & { k: 'branch' }): void {
  const { condition } = end;
  if (condition.k !== 'binary' || condition.op !== '<' || condition.b.k !== 'int' || condition.b.value !== 0) return;
  const value = evaluate(frame, state, condition.a);
  if (value.k !== 'call') return;
  const variable = condition.a.k === 'load' && condition.a.from.k === 'name' ? condition.a.from.name : null;
  const type = variable === null ? null : frame.ir.variables.get(variable);
  const unsigned = type
    ? type.pointers === 0 &&
      unsignedTypes.has(type.name) &&
      (unsignedCounts.has(value.name) || signedCounts.has(value.name))
    : condition.a.k === 'temp' && unsignedCounts.has(value.name);
  if (unsigned) recordFault(frame, state, 'unsigned', { site: siteOf(frame, end.at), via: [] }, null);
}

/** True for an argument that points to the stack: the address of a local, or a local array. */
export function isOnStack(frame: Frame, state: State, argument: Expr): boolean {
  const value = evaluate(frame, state, argument);
  if (value.k === 'address') return isStackPlace(frame, value.of);
  if (argument.k !== 'load') return false;
  const name = argument.from.k === 'name' ? argument.from.name : null;
  return name !== null && frame.ir.storage.get(name) === 'array';
}

function isStackPlace(frame: Frame, at: Loc): boolean {
  if (at.k === 'field') return isStackPlace(frame, at.base);
  if (at.k !== 'local' || frame.ir.storage.get(at.name) === 'static') return false;
  return frame.ir.variables.get(at.name)?.pointers === 0;
}
