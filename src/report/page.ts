import type { Painter } from './style';
import { displayWidth } from './width';

/** A rule in the list of rules: the second and third paragraphs of its page. */
export interface PageSummary {
  readonly id: string;
  /** Level, basis and where the rule does not apply, from the page. */
  readonly kind: string;
  readonly summary: string;
}

/** The paragraphs of a page; a heading or code block is a paragraph of its own. */
function blocks(page: string): string[] {
  const result: string[] = [];
  let code: string[] | null = null;
  let current: string[] = [];
  const flush = (): void => {
    if (current.length > 0) result.push(current.join('\n'));
    current = [];
  };
  for (const line of page.split('\n')) {
    if (line.startsWith('```')) {
      flush();
      if (code) result.push(['```', ...code].join('\n'));
      code = code ? null : [];
    } else if (code) code.push(line);
    else if (line.trim() === '') flush();
    else if (/^#/.test(line)) {
      flush();
      result.push(line);
    } else current.push(line);
  }
  flush();
  return result;
}

const joined = (block: string): string => block.replace(/\s*\n\s*/g, ' ');
const linksAsText = (text: string): string =>
  text.replace(/\[([^\]]+)\]\([^)\s]+\)/g, '$1').replace(/<(https?:[^>]+)>/g, '$1');
const unstyled = (text: string): string =>
  linksAsText(text)
    .replace(/\*{1,2}([^*]+)\*{1,2}/g, '$1')
    .replaceAll('`', '');

/** The lines of a rule page that the list of rules shows. */
export function pageSummary(page: string): PageSummary {
  const [title = '', kind = '', summary = ''] = blocks(page);
  return { id: title.replace(/^#+\s*/, ''), kind: unstyled(joined(kind)), summary: unstyled(joined(summary)) };
}

/** Styles `code` and **strong** text; called after lines are wrapped. */
function inline(text: string, paint: Painter): string {
  return text
    .replace(/\*\*([^*]+)\*\*/g, (_match, strong: string) => paint('strong', strong))
    .replace(/(^|[\s(])\*([^*\s][^*]*)\*/g, (_match, before: string, emphasis: string) => before + emphasis)
    .replace(/`([^`]+)`/g, (_match, code: string) => paint('secondary', code));
}

/** Wraps text at spaces; `hang` indents all lines but the first. Code spans are kept whole. */
export function wrap(text: string, width: number, hang: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of linksAsText(text).match(/(?:`[^`]*`|\S)+/g) ?? []) {
    if (line !== '' && displayWidth(line) + 1 + displayWidth(word) > width) {
      lines.push(line);
      line = hang + word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

function drawList(block: string, width: number, paint: Painter): string[] {
  const items = block.split(/\n(?=\s*(?:[-*]|\d+\.) )/);
  return items.flatMap((item) => {
    const [, indent = '', bullet = '-', text = ''] = /^(\s*)([-*]|\d+\.)\s+([\s\S]*)$/.exec(item) ?? [];
    const hang = ' '.repeat(indent.length + bullet.length + 1);
    return wrap(`${bullet} ${joined(text)}`, width - indent.length, hang).map((line) => inline(indent + line, paint));
  });
}

function drawBlock(block: string, width: number, paint: Painter): string[] {
  if (block.startsWith('```'))
    return block
      .split('\n')
      .slice(1)
      .map((line) => (line === '' ? '' : `    ${line}`));
  const heading = /^(#+)\s+(.*)$/.exec(block);
  if (heading) return [paint('strong', unstyled(heading[2] ?? ''))];
  if (/^\s*([-*]|\d+\.) /.test(block)) return drawList(block, width, paint);
  if (block.startsWith('|'))
    return block
      .split('\n')
      .filter((line) => !/^\|[-| :]+\|$/.test(line))
      .map((line) => inline(linksAsText(line), paint));
  return wrap(joined(block), width, '').map((line) => inline(line, paint));
}

/** Draws a Markdown page for a terminal of the given width. */
export function drawPage(page: string, width: number, paint: Painter): string {
  return `${blocks(page)
    .map((block) => drawBlock(block, width, paint).join('\n'))
    .join('\n\n')}\n`;
}
