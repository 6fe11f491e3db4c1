import { findComments } from '../syntax/lexer';
import { indexLines, positionAt } from '../syntax/positions';
import type { SuppressionComment } from './types';

const marker = /^\/[*/][\s*]*coco-dma\s*:/;
const form = /^\s*ignore\s+([\w-]+)\s*(?:--\s*([\s\S]*))?$/;

/** What every comment that speaks to coco-dma starts with; a text without it has none. */
const keyword = 'coco-dma';

/**
 * The comments of a file that ask for findings to be left out: `coco-dma: ignore <rule> -- reason`. One beside code is about
 * its line, one that stands alone about the next line of code also. What a comment asks for in other words is kept with
 * `rule` null, to be told of.
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

/** Where the next code after a comment stands: on its own line or the next, other comments between them passed over. */
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
