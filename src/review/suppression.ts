import { findComments } from '../syntax/lexer';
import { indexLines, positionAt } from '../syntax/positions';
import type { SuppressionComment } from './types';

const marker = /^\/[*/][\s*]*coco-dma\s*:/;
const form = /^\s*ignore\s+([\w-]+)\s*(?:--\s*([\s\S]*))?$/;

/** Part of every suppression; a text without it has none. */
const keyword = 'coco-dma';

/**
 * The suppressions in a file: comments of the form `coco-dma: ignore <rule> -- reason`. A comment next to code applies to its
 * own line; one on a line of its own also applies to the next line of code. A malformed one has a null `rule`, so that it can
 * be reported.
 */
export function suppressionComments(file: string, text: string): SuppressionComment[] {
  if (!text.includes(keyword)) return [];
  const lines = indexLines(text);
  const all = findComments(text);
  return all.flatMap(({ start, end }, index) => {
    const words = text.slice(start, end).replace(/\*\/$/, '');
    const [prefix] = marker.exec(words) ?? [];
    if (prefix === undefined) return [];
    const [, rule = null, reason = ''] = form.exec(words.slice(prefix.length)) ?? [];
    const at = positionAt(lines, start);
    const beside = text.slice(text.lastIndexOf('\n', start - 1) + 1, start).trim() !== '';
    const last = positionAt(lines, beside ? end : nextCode(text, all.slice(index + 1), end)).line;
    const place = { file, ...at, end: positionAt(lines, end) };
    return [{ ...place, rule, reason: reason.replace(/\s*\n\s*\*?\s*/g, ' ').trim(), last }];
  });
}

/** The offset of the next code after a comment, on the same line or the next; other comments in between are skipped. */
function nextCode(text: string, comments: readonly { start: number; end: number }[], from: number): number {
  const skip = (at: number): number =>
    at + (/^[ \t]*(?:\r?\n)?[ \t]*/.exec(text.slice(at, at + 1000))?.[0].length ?? 0);
  let at = skip(from);
  for (const { start, end } of comments) {
    if (start !== at) break;
    at = skip(end);
  }
  return at;
}
