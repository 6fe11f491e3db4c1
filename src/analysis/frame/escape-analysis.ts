import type { Frame, Summary } from './frame';
import type { Substitution } from './substitute';
import { outlives, substituteLoc } from './substitute';
import type { Loc, Value } from '../domain/values';

/**
 * Takes note of what the function found behind its pointer parameters and stores in `to`, or hands to a callee out of reach
 * (null). Where paths meet, the store itself is no longer to be seen; that there was one is.
 */
export function noteKept(frame: Frame, value: Value, to: Loc | null): void {
  if (to && !outlives(to)) return;
  if (value.k === 'init') noteKeptPlace(frame, value.at, to);
  else if (value.k === 'op' || value.k === 'call') for (const arg of value.args) noteKept(frame, arg, to);
}

function noteKeptPlace(frame: Frame, at: Loc, to: Loc | null): void {
  const parameter = parameterOf(at);
  // what moves inside a structure stays with it
  if (parameter !== null && (to === null || parameterOf(to) !== parameter)) frame.kept.set(at.key, at);
}

/** The parameter through which a place is reached directly. */
function parameterOf(at: Loc): string | null {
  if (at.k === 'field' || at.k === 'element') return parameterOf(at.base);
  return at.k === 'deref' && at.pointer.k === 'init' && at.pointer.at.k === 'local' ? at.pointer.at.name : null;
}

/** Takes over what a callee keeps of what the function passes on to it. */
export function adoptKept(frame: Frame, s: Substitution, { kept }: Summary): void {
  for (const at of kept.values()) {
    if (s.parameters.get(parameterOf(at) ?? '')?.k !== 'init') continue;
    const moved = substituteLoc(s, at);
    if (moved) noteKeptPlace(frame, moved, null);
  }
}

/** The places of the caller's own structures that a callee keeps the values of, or hands on to where nobody looks. */
export function keptPlaces(s: Substitution, { kept, escapes }: Summary): Loc[] {
  const places: Loc[] = [];
  const add = (at: Loc): void => {
    const given = s.parameters.get(parameterOf(at) ?? '');
    if (given?.k !== 'address' || outlives(given.of)) return;
    const moved = substituteLoc(s, at);
    if (moved) places.push(moved);
  };
  for (const at of kept.values()) add(at);
  for (const { at } of escapes.values()) add(at);
  return places;
}
