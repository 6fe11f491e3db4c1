import type { ChannelFlag } from '../../kernel/trust';
import { offerBits, offerFlags } from '../../kernel/trust';
import type { CType, Expr, FunctionIr, LValue } from '../ir/ir';
import type { State } from '../domain/state';
import { read } from '../domain/state';
import type { Loc, Value } from '../domain/values';
import {
  address,
  constant,
  container,
  deref,
  element,
  field,
  global,
  init,
  int,
  local,
  mask,
  operation,
  temporary,
  unknown,
} from '../domain/values';

/** The context of evaluation, apart from the state. */
export interface Scope {
  readonly ir: FunctionIr;
  /** Types that casts, declarations and container_of() give to values, by the value's key. */
  readonly typeHints: Map<string, TypeHint>;
  /** Results of container_of() on opaque pointers, by the pointer's key. */
  readonly containers: Map<string, Value & { k: 'container' }>;
  /** The integer that an object-like macro expands to, or null. */
  constantOf(name: string): number | null;
  /** The channel flag that a member is known to be a copy of, else `value`, the initial value of the member. */
  resolveFlagAlias(value: Value, at: Loc & { k: 'field' }): Value;
}

export interface TypeHint {
  readonly value: Value;
  readonly type: CType;
}

/** The value of an expression in a state. */
export function evaluate(scope: Scope, state: State, expr: Expr): Value {
  switch (expr.k) {
    case 'int':
      return int(expr.value);
    case 'string':
      return constant('&string');
    case 'load':
      return load(scope, state, expr.from);
    case 'address':
      return address(locate(scope, state, expr.of));
    case 'temp':
      return read(state, temporary(expr.id));
    case 'unary':
      return operation(expr.op, [evaluate(scope, state, expr.a)]);
    case 'binary': {
      const [a, b] = [evaluate(scope, state, expr.a), evaluate(scope, state, expr.b)];
      return (expr.op === '&' && channelFlagOfOfferBit(a, b)) || operation(expr.op, [a, b]);
    }
    case 'container': {
      const value = container(evaluate(scope, state, expr.of), expr.member, expr.type);
      addTypeHint(scope, value, expr.type);
      if (value.k === 'container') scope.containers.set(value.of.key, value);
      return value;
    }
    case 'cast': {
      const value = evaluate(scope, state, expr.a);
      addTypeHint(scope, value, expr.type);
      return value;
    }
    case 'mask':
      return mask(evaluate(scope, state, expr.bits));
    case 'opaque':
      return unknown(`text:${expr.text}`);
  }
}

/** The place that an lvalue denotes in a state. */
export function locate(scope: Scope, state: State, place: LValue): Loc {
  switch (place.k) {
    case 'name':
      return scope.ir.variables.has(place.name) ? local(place.name) : global(place.name);
    case 'deref':
      return deref(evaluate(scope, state, place.pointer));
    case 'field':
      return field(locate(scope, state, place.base), place.name);
    case 'element': {
      const index = evaluate(scope, state, place.index);
      const base = locate(scope, state, place.base);
      // `p[i]` where p is a pointer
      const pointer =
        base.k === 'local' && (scope.ir.variables.get(base.name)?.pointers ?? 0) > 0 ? read(state, base) : null;
      if (pointer && index.key === '0') return deref(pointer);
      return element(pointer ? deref(pointer) : base, index);
    }
  }
}

/** Records the type that the code gives to a value; the first structure type wins. */
export function addTypeHint(scope: Scope, value: Value, type: CType): void {
  if (!scope.typeHints.has(value.key) && type.name.startsWith('struct '))
    scope.typeHints.set(value.key, { value, type });
}

function load(scope: Scope, state: State, place: LValue): Value {
  if (place.k === 'name' && !scope.ir.variables.has(place.name)) {
    // an enumerator or an object-like macro is a constant identified by its name
    if (/^[A-Z_][A-Z0-9_]*$/.test(place.name)) {
      const number = offerFlags.has(place.name) ? null : scope.constantOf(place.name);
      return number === null ? constant(place.name) : int(number);
    }
  }
  const value = read(state, locate(scope, state, place));
  return value.k === 'init' && value.at.k === 'field' ? scope.resolveFlagAlias(value, value.at) : value;
}

/** The channel flag tested by `offer.chn_flags & VMBUS_CHANNEL_CONFIDENTIAL_…`, or null for any other `a & b`. */
function channelFlagOfOfferBit(a: Value, b: Value): Value | null {
  const [flags, bit] = a.k === 'init' ? [a, b] : [b, a];
  if (flags.k !== 'init' || flags.at.k !== 'field' || flags.at.name !== 'chn_flags') return null;
  const name = bit.k === 'constant' ? offerFlags.get(bit.name) : bit.k === 'int' ? offerBits.get(bit.n) : undefined;
  return name === undefined ? null : channelFlag(flags.at.base, name);
}

/** The value of a channel flag for the offer of that channel, or null when the offer is not embedded in a channel. */
export function channelFlag(offer: Loc, flag: ChannelFlag): Value | null {
  let at: Loc = offer;
  if (at.k === 'field' && at.name === 'offer') at = at.base;
  return at.k === 'field' && at.name === 'offermsg' ? init(field(at.base, flag)) : null;
}
