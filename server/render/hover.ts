import type { Inspection, Note } from '../../src/engine';

type StateRow = Inspection['rows'][number];

/** Links below a hover; an empty string omits one. */
export interface HoverLinks {
  readonly simulate: string;
  readonly explain: string;
  /** The URI of a note's place, or null. */
  place(note: Note): string | null;
}

const inCell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
const nothing: readonly string[] = ['', '—'];
const isShown = ({ before, after }: StateRow): boolean => !nothing.includes(before) || !nothing.includes(after);

function table(rows: readonly StateRow[]): string[] {
  const shown = rows.filter(isShown);
  if (shown.length === 0) return [];
  const same = shown.every(({ before, after }) => before === after);
  const line = (...cells: string[]): string => `| ${cells.map(inCell).join(' | ')} |`;
  if (same) return [line('', 'on this line'), '|:---|:---|', ...shown.map(({ name, after }) => line(name, after))];
  return [
    line('', 'before this line', 'after'),
    '|:---|:---|:---|',
    ...shown.map(({ name, before, after }) => line(name, before, after)),
  ];
}

function steps({ setBy }: Inspection, links: HoverLinks): string[] {
  return setBy.map((note) => {
    const href = links.place(note);
    const where = `line ${note.line}`;
    return `- ${href === null ? where : `[${where}](${href})`}: ${note.message}`;
  });
}

/** A hover in markdown: the state before and after the line, what it means, and the code that set it. */
export function hoverMarkdown(inspection: Inspection, links: HoverLinks): string {
  const { title, device, rows, remarks } = inspection;
  const about = device && device.expression !== title.replaceAll('`', '') ? ` · device \`${device.expression}\`` : '';
  const type = device ? ` (\`${device.type}\`)` : '';
  // the simulation's result follows the table, general help comes last
  const isVerdict = (remark: string): boolean => /^\*[^*].*\*$/.test(remark);
  const seen = [...remarks.filter(isVerdict), links.simulate, links.explain].filter(Boolean).join(' · ');
  const general = remarks.filter((remark) => !isVerdict(remark));
  const head = `**${title}**${about}${type}`;
  const blocks = [head, table(rows).join('\n'), seen, ...general, steps(inspection, links).join('\n')];
  return blocks.filter((block) => block !== '').join('\n\n');
}

const unstyled = (text: string): string => text.replace(/\*{1,2}([^*]+)\*{1,2}/g, '$1').replaceAll('`', '');

/** The same in plain text, for clients without markdown. */
export function hoverText({ title, device, rows, setBy, remarks }: Inspection): string {
  const shown = rows.filter(isShown);
  const changes = ({ before, after }: StateRow): string => {
    if (before === after) return after;
    return `${before || '-'} -> ${after || '-'}`;
  };
  const lines = [
    `${title}${device ? ` (${device.expression}, ${device.type})` : ''}`,
    ...shown.map((row) => `${row.name}: ${changes(row)}`),
    ...remarks,
    ...setBy.map((note) => `line ${note.line}: ${note.message}`),
  ];
  return lines.map(unstyled).join('\n');
}
