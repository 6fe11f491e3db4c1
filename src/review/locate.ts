import type { Event, Site, Workspace } from '../analysis';
import type { Place } from '../program/types';
import type { LineIndex } from '../syntax/positions';
import { indexLines, positionAt } from '../syntax/positions';
import type { Note, Range } from './types';

/** Converts places of the analysis to lines and columns of the files. */
export interface Locator {
  range(site: Site): Range;
  place(event: Pick<Event, 'site' | 'via'>): Place;
  note(site: Site, message: string): Note;
}

/** A locator for the texts of a workspace; line tables are made once per file. */
export function createLocator(workspace: Workspace): Locator {
  const lines = new Map<string, LineIndex>();
  const indexOf = (file: string): LineIndex => {
    let index = lines.get(file);
    if (!index) lines.set(file, (index = indexLines(workspace.text(file) ?? '')));
    return index;
  };
  const range = (site: Site): Range => {
    const index = indexOf(site.in.file);
    const origin = site.in.origin;
    return { start: positionAt(index, origin + site.start), end: positionAt(index, origin + site.end) };
  };
  return {
    range,
    place(event) {
      const site = visibleSite(event);
      return { file: site.in.file, ...range(site).start };
    },
    note(site, message) {
      const { start, end } = range(site);
      return { file: site.in.file, line: start.line, column: start.column, message, end };
    },
  };
}

/** The place of an event for display: where a macro is used, not inside its body. */
export function visibleSite(event: Pick<Event, 'site' | 'via'>): Site {
  if (!event.site.in.macro) return event.site;
  return event.via.findLast((site) => !site.in.macro) ?? event.site;
}

/** True when two sites are the same place. */
export function samePlace(a: Site, b: Site): boolean {
  return a.in === b.in && a.start === b.start && a.end === b.end;
}
