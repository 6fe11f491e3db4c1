import type { Frame, Summary, Escape } from './frame';
import type { Substitution } from './substitute';
import { outlives, substituteLoc } from './substitute';
import type { Loc, Value } from '../domain/values';

/**
 * Records that the function captures a value reached through a pointer parameter: it stores the value in `to`, or passes it to
 * an unknown callee (null). A join may lose the store itself, so captures are kept apart from the state.
 */
export function recordCapture(frame: Pick<Frame, 'captured'>, value: Value, to: Loc | null): void {
  if (to && !outlives(to)) return;
  if (value.k === 'init') recordCapturedPlace(frame, value.at, to);
  else if (value.k === 'op' || value.k === 'call') for (const arg of value.args) recordCapture(frame, arg, to);
}

function recordCapturedPlace(frame: Pick<Frame, 'captured'>, at: Loc, to: Loc | null): void {
  const parameter = parameterOf(at);
  // a move within one structure is no capture
  if (parameter !== null && (to === null || parameterOf(to) !== parameter)) frame.captured.set(at.key, at);
}

/** The parameter through which a place is reached with one dereference, or null. */
function parameterOf(at: Loc): string | null {
  if (at.k === 'field' || at.k === 'element') return parameterOf(at.base);
  return at.k === 'deref' && at.pointer.k === 'init' && at.pointer.at.k === 'local' ? at.pointer.at.name : null;
}

/** Adds the captures of a callee for those of its parameters that the function passes on from its own. */
export function importCaptures(frame: Pick<Frame, 'captured'>, s: Substitution, { captured }: Summary): void {
  for (const at of captured.values()) {
    if (s.parameters.get(parameterOf(at) ?? '')?.k !== 'init') continue;
    const moved = substituteLoc(s, at);
    if (moved) recordCapturedPlace(frame, moved, null);
  }
}

/** The places in the caller's own structures whose values a callee captures or passes to an unknown callee. */
export function capturedPlaces(s: Substitution, { captured, escapes }: Summary): Loc[] {
  const places: Loc[] = [];
  const add = (at: Loc): void => {
    const argument = s.parameters.get(parameterOf(at) ?? '');
    if (argument?.k !== 'address' || outlives(argument.of)) return;
    const moved = substituteLoc(s, at);
    if (moved) places.push(moved);
  };
  for (const at of captured.values()) add(at);
  for (const { at } of escapes.values()) add(at);
  return places;
}

/** Records a place that is passed to an unknown callee, with the first such call. Places in locals do not outlive the function. */
export function recordEscape(frame: Pick<Frame, 'escapes'>, escape: Escape): void {
  if (!outlives(escape.at)) return;
  const known = frame.escapes.get(escape.at.key);
  if (!known || escape.site.start < known.site.start) frame.escapes.set(escape.at.key, escape);
}
