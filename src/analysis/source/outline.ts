import { classDefinitions } from '../../kernel/cleanup';
import type { CType } from '../ir/ir';
import type { DefinitionSites } from './on-demand';
import type { Include } from './types';
import { namedNumber } from './directives';

/** Names of one file found without parsing it. */
export interface Outline extends DefinitionSites {
  /** Functions that the file defines for others to call; looked for when somebody asks. */
  readonly defines: ReadonlySet<string>;
  readonly constants: ReadonlyMap<string, number>;
  readonly typedefs: ReadonlyMap<string, CType>;
  readonly includes: readonly Include[];
}

/** An outline while the lines of its text are looked at. */
interface Draft {
  readonly text: string;
  readonly sites: Map<string, number[]>;
  readonly constants: Map<string, number>;
  readonly typedefs: Map<string, CType>;
  readonly includes: Include[];
  /** Where the head of a function that was found last ends: what stands before belongs to it. */
  headEnd: number;
}

/** Makes the outline of a text. Few lines can define a name, and most of the others tell so by how they begin. */
export function makeOutline(text: string): Outline {
  const draft: Draft = { text, sites: new Map(), constants: new Map(), typedefs: new Map(), includes: [], headEnd: 0 };
  for (let line = 0; line < text.length;) {
    lookAtLine(draft, line);
    const end = text.indexOf('\n', line);
    if (end < 0) break;
    line = end + 1;
  }
  addStructures(draft);
  const { sites, constants, typedefs, includes } = draft;
  let defines: ReadonlySet<string> | null = null;
  return {
    text,
    sites,
    constants,
    typedefs,
    includes,
    get defines() {
      return (defines ??= new Set(definedIn(text).keys()));
    },
  };
}

function lookAtLine(draft: Draft, line: number): void {
  const { text } = draft;
  switch (text.charCodeAt(line)) {
    case 9: // tab
    case 32: // blank
    case 35: // #
      return lookAtDirective(draft, line);
    case 68: // D
      return addClass(draft, line);
    case 116: // t
      return addTypedef(draft, line);
    case 95: // _
    case 101: // e
    case 105: // i
    case 115: // s
      if (line >= draft.headEnd) addFunction(draft, line);
  }
}

/** What a pattern finds at an offset of a text. */
function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

const isBlank = (c: number): boolean => c === 32 || c === 9;

function lookAtDirective(draft: Draft, line: number): void {
  const { text } = draft;
  let at = line;
  while (isBlank(text.charCodeAt(at))) at++;
  if (text.charCodeAt(at) !== 35) return;
  let word = at + 1;
  while (isBlank(text.charCodeAt(word))) word++;
  if (text.startsWith('define', word)) addMacro(draft, line, at, word);
  else if (text.startsWith('include', word)) addInclude(draft, word);
}

const macro = /define[ \t]+(\w+)(?:\(|[ \t]+[(~\dB])/y;

function addMacro(draft: Draft, line: number, at: number, word: number): void {
  const { text, constants } = draft;
  const match = matchAt(macro, text, word);
  const name = match?.[1];
  if (name === undefined) return;
  if (text[macro.lastIndex - 1] === '(' && !isBlank(text.charCodeAt(macro.lastIndex - 2))) {
    addDefinition(draft, name, at);
  } else if (at === line && /^[A-Z]/.test(name)) {
    const end = text.indexOf('\n', at);
    const named = namedNumber(text.slice(at, end < 0 ? text.length : end));
    if (named) constants.set(...named);
  }
}

const include = /include[ \t]*(?:<([^>\n]+)>|"([^"\n]+)")/y;

function addInclude({ text, includes }: Draft, word: number): void {
  const match = matchAt(include, text, word);
  const name = match?.[1] ?? match?.[2];
  if (name) includes.push({ name, system: match?.[1] !== undefined });
}

const definedClass = /(DEFINE_[A-Z_1]+)\(\s*(\w+),/y;

function addClass(draft: Draft, line: number): void {
  const [, of = '', argument = ''] = matchAt(definedClass, draft.text, line) ?? [];
  for (const { name } of classDefinitions.get(of) ?? []) addDefinition(draft, name(argument), line);
}

const typedef = /typedef\s+struct\s+(\w+)\s*(\**)\s*(\w+)\s*;/y;

function addTypedef({ text, typedefs }: Draft, line: number): void {
  const [, tag = '?', stars = '', name] = matchAt(typedef, text, line) ?? [];
  if (name) typedefs.set(name, { name: `struct ${tag}`, pointers: stars.length });
}

const head = /(?:static|extern|inline|__always_inline)\b[^;{}=()]*?(\w+)\s*\(/y;

function addFunction(draft: Draft, line: number): void {
  const name = matchAt(head, draft.text, line)?.[1];
  if (name === undefined) return;
  addDefinition(draft, name, line);
  draft.headEnd = head.lastIndex;
}

/** Structures are found from their brace, of which there are fewer than of words. */
function addStructures(draft: Draft): void {
  for (const { index, 1: whole = '', 2: kind, 3: tag } of draft.text.matchAll(
    /\{(?<=(\b(struct|union)\s+(\w+)\s*)\{)/g,
  ))
    addDefinition(draft, `${kind} ${tag}`, index - whole.length);
}

function addDefinition({ sites }: Draft, name: string, at: number): void {
  const known = sites.get(name);
  if (known) known.push(at);
  else sites.set(name, [at]);
}

/** The functions that a text defines for others, with the offsets of their bodies. */
function definedIn(text: string): Map<string, number> {
  const defines = new Map<string, number>();
  for (const { index, 0: head, 1: name } of text.matchAll(
    /^(?!static\b|typedef\b)[A-Za-z_][\w \t*]*?[\s*](\w+)\([^;{}#]*\)\s*\{/gm,
  ))
    if (name) defines.set(name, index + head.length);
  return defines;
}

/** Functions that a text defines for others, and in which one of `words` stands. */
export function definesNaming(text: string, words: readonly string[]): string[] {
  if (!words.some((word) => text.includes(word))) return [];
  return [...definedIn(text)].flatMap(([name, body]) => {
    const inside = text.slice(body, endOfBody(text, body));
    return words.some((word) => inside.includes(word)) ? [name] : [];
  });
}

/** As every function of kernel C ends: with a closing brace that starts a line. */
function endOfBody(text: string, body: number): number {
  const end = text.indexOf('\n}', body);
  return end < 0 ? text.length : end;
}
