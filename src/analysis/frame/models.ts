import type { State } from '../domain/state';
import type { Value, Loc } from '../domain/values';
import { write, copy, read } from '../domain/state';
import { temporary, callResult, deref, zero, field } from '../domain/values';
import { accessors, type Accessor } from '../../kernel/api';
import { offerPredicates, purePredicates } from '../../kernel/trust';
import { channelFlag } from './evaluate';
import { zeroingAllocators } from '../../kernel/syntax';
import { siteId } from './record';
import type { Op } from '../ir/ir';

/** The state with the result of a call in its temporary, unless the result is discarded. */
export function withResult(state: State, op: Call, value: Value): State {
  return op.discarded ? state : write(state, temporary(op.temp), value);
}

/** The state after a call that is modeled and affects no device; null for any other call. */
export function applyModel(state: State, op: Call, name: string, args: readonly Value[]): State | null {
  const [first, second] = args;
  const accessor = accessors.get(name);
  if (accessor && first) return applyAccessor(state, op, accessor, first, args);
  const flag = offerPredicates.get(name);
  if (flag && first?.k === 'address') {
    const value = channelFlag(first.of, flag);
    if (value) return withResult(state, op, value);
  }
  if (purePredicates.has(name)) return withResult(state, op, callResult(name, args, null));
  if (zeroingAllocators.has(name)) {
    const memory = callResult(name, [], siteId(op.at));
    return withResult(write(state, deref(memory), zero), op, memory);
  }
  if (name === 'memset' && first && second?.key === '0') return withResult(write(state, deref(first), zero), op, first);
  if ((name === 'memcpy' || name === 'memmove') && first && second) {
    return withResult(copy(state, deref(second), deref(first)), op, first);
  }
  return null;
}

function applyAccessor(state: State, op: Call, accessor: Accessor, pointer: Value, args: readonly Value[]): State {
  const path = [...accessor.path];
  const last = path.pop() ?? '';
  const base = path.reduce<Loc>((at, member) => field(at, member), deref(pointer));
  const place = field(base, last);
  if (accessor.kind === 'read') return withResult(state, op, read(state, place));
  const stored = write(state, place, args[accessor.value ?? 1] ?? zero);
  return withResult(stored, op, callResult(accessor.name, [], siteId(op.at)));
}

export type Call = Op & { k: 'call' };
