/** Kernel sources use tab stops of eight columns. */
const tabWidth = 8;

const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]/u;
const invisible = /[\p{Mn}\p{Me}]/u;
/** Control characters, and the format characters that reorder or hide text. */
const unsafe = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/u;

function characterWidth(character: string): number {
  if (invisible.test(character)) return 0;
  return wide.test(character) ? 2 : 1;
}

/** A character that is safe on a terminal: one that would move the cursor, reorder or hide text is replaced. */
function visible(character: string): string {
  if (!unsafe.test(character)) return character;
  const code = character.codePointAt(0) ?? 0;
  return code < 0x20 ? String.fromCodePoint(0x2400 + code) : '\ufffd';
}

/** A text that is safe to print on one line. */
export function printable(text: string): string {
  return Array.from(text, visible).join('');
}

/** The width of a text on a terminal, in columns. */
export function displayWidth(text: string): number {
  return Array.from(text).reduce((sum, character) => sum + characterWidth(character), 0);
}

/** A source line as printed, with a conversion from its UTF-16 columns to terminal columns. */
export interface DisplayLine {
  readonly text: string;
  /** Terminal column (0-based) at which a 1-based UTF-16 column of the source starts. */
  columnOf(sourceColumn: number): number;
}

/** Lays out a source line: tabs expanded, unsafe characters replaced by visible ones. */
export function layOut(line: string): DisplayLine {
  const columns: number[] = [];
  let text = '';
  let column = 0;
  for (const character of line) {
    for (let unit = 0; unit < character.length; unit++) columns.push(column);
    const shown = character === '\t' ? ' '.repeat(tabWidth - (column % tabWidth)) : visible(character);
    text += shown;
    column += character === '\t' ? shown.length : characterWidth(shown);
  }
  columns.push(column);
  return { text, columnOf: (source) => columns[Math.min(Math.max(source - 1, 0), columns.length - 1)] ?? 0 };
}
