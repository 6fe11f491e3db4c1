import type { Frame, Summary, Escape } from './frame';
import type { Substitution } from './substitute';
import { outlives, substituteLoc } from './substitute';
import type { Loc, Value } from '../domain/values';

/**
 * Takes note of what the function found behind its pointer parameters and stores in `to`, or hands to a callee out of reach
 * (null). Where paths meet, the store itself is no longer to be seen; that there was one is.
 */
export function recordCapture(frame: Pick<Frame, 'captured'>, value: Value, to: Loc | null): void {
  if (to && !outlives(to)) return;
  if (value.k === 'init') recordCapturedPlace(frame, value.at, to);
  else if (value.k === 'op' || value.k === 'call') for (const arg of value.args) recordCapture(frame, arg, to);
}

function recordCapturedPlace(frame: Pick<Frame, 'captured'>, at: Loc, to: Loc | null): void {
  const parameter = parameterOf(at);
  // what moves inside a structure stays with it
  if (parameter !== null && (to === null || parameterOf(to) !== parameter)) frame.captured.set(at.key, at);
}

/** The parameter through which a place is reached directly. */
function parameterOf(at: Loc): string | null {
  if (at.k === 'field' || at.k === 'element') return parameterOf(at.base);
  return at.k === 'deref' && at.pointer.k === 'init' && at.pointer.at.k === 'local' ? at.pointer.at.name : null;
}

/** Takes over what a callee keeps of what the function passes on to it. */
export function importCaptures(frame: Pick<Frame, 'captured'>, s: Substitution, { captured }: Summary): void {
  for (const at of captured.values()) {
    if (s.parameters.get(parameterOf(at) ?? '')?.k !== 'init') continue;
    const moved = substituteLoc(s, at);
    if (moved) recordCapturedPlace(frame, moved, null);
  }
}

/** The places of the caller's own structures that a callee keeps the values of, or hands on to where nobody looks. */
export function capturedPlaces(s: Substitution, { captured, escapes }: Summary): Loc[] {
  const places: Loc[] = [];
  const add = (at: Loc): void => {
    const given = s.parameters.get(parameterOf(at) ?? '');
    if (given?.k !== 'address' || outlives(given.of)) return;
    const moved = substituteLoc(s, at);
    if (moved) places.push(moved);
  };
  for (const at of captured.values()) add(at);
  for (const { at } of escapes.values()) add(at);
  return places;
}

/** Notes a place that a callee out of reach gets, by the first call that hands it over; what is the function's own does not outlive it. */
export function recordEscape(frame: Pick<Frame, 'escapes'>, escape: Escape): void {
  if (!outlives(escape.at)) return;
  const known = frame.escapes.get(escape.at.key);
  if (!known || escape.site.start < known.site.start) frame.escapes.set(escape.at.key, escape);
}
