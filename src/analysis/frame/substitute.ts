import type { ChannelFlag } from '../../kernel/trust';
import { externalMemoryFlag, ringFlag } from '../../kernel/trust';
import type { Binding, State } from '../domain/state';
import { isTrustRelevantValue } from '../domain/trust-relevance';
import { read } from '../domain/state';
import type { Loc, Value } from '../domain/values';
import {
  address,
  callResult,
  choice,
  container,
  deref,
  element,
  field,
  mask,
  one,
  operation,
  unknown,
} from '../domain/values';

/** A mapping of a callee's values and places to the caller's, for one call in one state. */
export interface Substitution {
  readonly parameters: ReadonlyMap<string, Value>;
  readonly state: State;
  readonly callSite: string;
  /** Results so far, by the callee's key. */
  readonly values: Map<string, Value>;
  readonly places: Map<string, Loc | null>;
  readonly bindings: Map<Binding, Binding | null>;
  /** What the substitution has read from the caller's state. In a state with the same values it is valid too. */
  readonly callerReads: Map<string, Binding>;
}

/** A substitution with empty caches. */
export function createSubstitution(
  parameters: ReadonlyMap<string, Value>,
  state: State,
  callSite: string,
): Substitution {
  return {
    parameters,
    state,
    callSite,
    values: new Map(),
    places: new Map(),
    bindings: new Map(),
    callerReads: new Map(),
  };
}

/** The substitution in another state of the caller, or null when a value that it has read differs there. */
export function reuseInState(s: Substitution, state: State): Substitution | null {
  for (const { at, value } of s.callerReads.values()) if (read(state, at).key !== value.key) return null;
  return { ...s, state };
}

/** A value of the callee in the caller's terms. */
export function substitute(s: Substitution, value: Value): Value {
  if (value.k === 'int' || value.k === 'constant') return value;
  let moved = s.values.get(value.key);
  if (!moved) {
    moved = substituteUncached(s, value);
    s.values.set(value.key, moved);
  }
  return moved;
}

function substituteUncached(s: Substitution, value: Value): Value {
  switch (value.k) {
    case 'int':
    case 'constant':
      return value;
    case 'init':
      return substituteInit(s, value.at);
    case 'address': {
      const of = substituteLoc(s, value.of);
      return of ? address(of) : unknown(`${s.callSite}&${value.key}`);
    }
    case 'call': {
      const args = value.args.map((arg) => substitute(s, arg));
      const stored = storedFlag(value, args);
      if (stored) return stored;
      return callResult(value.name, args, value.site === null ? null : `${s.callSite}${value.site}`);
    }
    case 'container':
      return container(substitute(s, value.of), value.member, value.type);
    case 'op':
      return operation(
        value.op,
        value.args.map((arg) => substitute(s, arg)),
      );
    case 'choice':
      return choice(`${s.callSite}${value.id}`, value.among);
    case 'mask':
      return mask(substitute(s, value.bits));
    case 'unknown':
      return value.id.startsWith('text:') ? value : unknown(`${s.callSite}${value.id}`);
  }
}

/** The value of a channel flag that `member` is a copy of, or the negation of. */
export function aliasedFlag(flag: ChannelFlag, member: Value, negated: boolean): Value {
  return callResult(flag, negated ? [member, one] : [member], null);
}

/** The value that the caller stored in the copy of a flag, which is more precise than the flag; null when it is unknown. */
function storedFlag({ name, site }: Value & { k: 'call' }, [stored, negated]: readonly Value[]): Value | null {
  if (site !== null || !stored || (name !== externalMemoryFlag && name !== ringFlag)) return null;
  if (stored.k !== 'int' && !isTrustRelevantValue(stored)) return null;
  return negated ? operation('!', [stored]) : stored;
}

/** A place of the callee in the caller's terms; null for the callee's own variables. */
export function substituteLoc(s: Substitution, loc: Loc): Loc | null {
  if (loc.k === 'local') return null;
  if (loc.k === 'global') return loc;
  let moved = s.places.get(loc.key);
  if (moved === undefined) {
    moved = substituteLocUncached(s, loc);
    s.places.set(loc.key, moved);
  }
  return moved;
}

function substituteLocUncached(s: Substitution, loc: Loc): Loc | null {
  switch (loc.k) {
    case 'local':
      return null;
    case 'global':
      return loc;
    case 'deref':
      return deref(substitute(s, loc.pointer));
    case 'field': {
      const base = substituteLoc(s, loc.base);
      return base && field(base, loc.name);
    }
    case 'element': {
      const base = substituteLoc(s, loc.base);
      return base && element(base, substitute(s, loc.index));
    }
  }
}

function substituteInit(s: Substitution, at: Loc): Value {
  if (at.k === 'local') return s.parameters.get(at.name) ?? unknown(`${s.callSite}${at.name}`);
  const moved = substituteLoc(s, at);
  if (moved) return readCallerState(s, moved);
  // a member of a structure that is passed by value
  const outer = at.k === 'field' ? substituteInit(s, at.base) : null;
  return outer?.k === 'init' && at.k === 'field'
    ? readCallerState(s, field(outer.at, at.name))
    : unknown(`${s.callSite}${at.key}`);
}

function readCallerState(s: Substitution, at: Loc): Value {
  let known = s.callerReads.get(at.key);
  if (!known) {
    known = { at, value: read(s.state, at) };
    s.callerReads.set(at.key, known);
  }
  return known.value;
}

/** A binding in the caller's terms, or null for one of the callee's own variables. Cached, as exits share most bindings. */
export function substituteBinding(s: Substitution, binding: Binding): Binding | null {
  let moved = s.bindings.get(binding);
  if (moved === undefined) {
    const at = substituteLoc(s, binding.at);
    moved = at && { at, value: substitute(s, binding.value) };
    s.bindings.set(binding, moved);
  }
  return moved;
}

/** True for a place that outlives the function: all but its own variables. */
export function outlives(loc: Loc): boolean {
  switch (loc.k) {
    case 'local':
      return false;
    case 'global':
    case 'deref':
      return true;
    case 'field':
    case 'element':
      return outlives(loc.base);
  }
}
