import type { Inspection, Note } from '../../src/engine';

type StateRow = Inspection['rows'][number];

/** Links below a hover; empty strings leave one out. */
export interface HoverLinks {
  readonly simulate: string;
  readonly explain: string;
  /** Where a note's place can be opened, or null. */
  place(note: Note): string | null;
}

const inCell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
const nothing: readonly string[] = ['', '—'];
const isTold = ({ before, after }: StateRow): boolean => !nothing.includes(before) || !nothing.includes(after);

function table(rows: readonly StateRow[]): string[] {
  const told = rows.filter(isTold);
  if (told.length === 0) return [];
  const same = told.every(({ before, after }) => before === after);
  const line = (...cells: string[]): string => `| ${cells.map(inCell).join(' | ')} |`;
  if (same) return [line('', 'here'), '|:---|:---|', ...told.map(({ name, after }) => line(name, after))];
  return [
    line('', 'before this line', 'after'),
    '|:---|:---|:---|',
    ...told.map(({ name, before, after }) => line(name, before, after)),
  ];
}

function steps({ setBy }: Inspection, links: HoverLinks): string[] {
  return setBy.map((note) => {
    const href = links.place(note);
    const where = `line ${note.line}`;
    return `- ${href === null ? where : `[${where}](${href})`}: ${note.message}`;
  });
}

/** A hover in markdown: the state before and after the line, who set it, what it means. */
export function hoverMarkdown(inspection: Inspection, links: HoverLinks): string {
  const { title, device, rows, remarks } = inspection;
  const about = device && device.expression !== title.replaceAll('`', '') ? ` · device \`${device.expression}\`` : '';
  const type = device ? ` (\`${device.type}\`)` : '';
  // What the simulator saw belongs to the table; what things are in general comes after.
  const isVerdict = (remark: string): boolean => /^\*[^*].*\*$/.test(remark);
  const seen = [...remarks.filter(isVerdict), links.simulate, links.explain].filter(Boolean).join(' · ');
  const general = remarks.filter((remark) => !isVerdict(remark));
  const head = `**${title}**${about}${type}`;
  const blocks = [head, table(rows).join('\n'), seen, ...general, steps(inspection, links).join('\n')];
  return blocks.filter((block) => block !== '').join('\n\n');
}

const unstyled = (text: string): string => text.replace(/\*{1,2}([^*]+)\*{1,2}/g, '$1').replaceAll('`', '');

/** The same in plain text, for a client that shows no markdown. */
export function hoverText({ title, device, rows, setBy, remarks }: Inspection): string {
  const told = rows.filter(isTold);
  const changes = ({ before, after }: StateRow): string => {
    if (before === after) return after;
    return `${before || '-'} -> ${after || '-'}`;
  };
  const lines = [
    `${title}${device ? ` (${device.expression}, ${device.type})` : ''}`,
    ...told.map((row) => `${row.name}: ${changes(row)}`),
    ...remarks,
    ...setBy.map((note) => `line ${note.line}: ${note.message}`),
  ];
  return lines.map(unstyled).join('\n');
}
