import { outlives } from './substitute';
import type { Frame, Escape } from './frame';

/** Notes a place that a callee out of reach gets, by the first call that hands it over; what is the function's own does not outlive it. */
export function noteEscape(frame: Frame, escape: Escape): void {
  if (!outlives(escape.at)) return;
  const known = frame.escapes.get(escape.at.key);
  if (!known || escape.site.start < known.site.start) frame.escapes.set(escape.at.key, escape);
}
