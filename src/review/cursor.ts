/** A word of a text and its offsets. */
export interface Word {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** The identifier at an offset, or null where there is none. */
export function wordAround(text: string, offset: number): Word | null {
  let start = offset;
  let end = offset;
  while (start > 0 && isWord(text[start - 1])) start--;
  while (end < text.length && isWord(text[end])) end++;
  return start === end || /\d/.test(text[start] ?? '') ? null : { text: text.slice(start, end), start, end };
}

/** The access path that ends with the identifier at an offset: `hdev->device.dma_io_tlb_mem`. */
export function pathAround(text: string, offset: number): string {
  const word = wordAround(text, offset);
  if (!word) return '';
  const lineStart = text.lastIndexOf('\n', word.start - 1) + 1;
  const head = /(?:[A-Za-z_]\w*(?:\[[^\]\n]*\])?(?:->|\.))+$/.exec(text.slice(lineStart, word.start))?.[0] ?? '';
  return head + word.text;
}

function isWord(character: string | undefined): boolean {
  return character !== undefined && /\w/.test(character);
}
