import type { Line, Message } from './types';

/** A match in a message, and its line in the input. */
export interface ProseMatch {
  readonly match: RegExpExecArray;
  readonly line: number;
}

/** Lines that are not the message's own prose: trailers, quotations, and indented code, logs or commands. */
const foreign = /^(?:[A-Z][\w-]*(?:-by|-to|-Id)|Cc|Link|Closes|Message-ID|From|Change-Id|Fixes):\s|^\s*>|^(?: {4}|\t)/i;

const blank = (text: string): string => text.replace(/[^\n]/g, ' ');

/**
 * The prose of a message as one text, line by line. Titles of other commits, quoted code, and lines that are not prose are
 * blanked.
 */
export function proseText({ prose }: Message): string {
  const text = prose.map((line, index) => (index > 0 && foreign.test(line.text) ? '' : line.text)).join('\n');
  return text
    .replace(/\(\s*"[^"]*"\s*\)/g, blank)
    .replace(/`[^`\n]*`/g, blank)
    .replace(/\b\w+:\/\/\S+/g, blank);
}

/** The line of the input for an offset in the result of {@link proseText} or in a join of the same lines. */
export function lineAt(prose: readonly Line[], text: string, offset: number): number {
  const index = text.slice(0, offset).split('\n').length - 1;
  return prose[Math.min(index, prose.length - 1)]?.line ?? 1;
}

/** All matches of a pattern in the message's prose. */
export function findInProse(message: Message, pattern: RegExp): ProseMatch[] {
  const text = proseText(message);
  return [...text.matchAll(pattern)].map((match) => ({ match, line: lineAt(message.prose, text, match.index) }));
}
