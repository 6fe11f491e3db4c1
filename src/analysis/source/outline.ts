import { classDefinitions } from '../../kernel/cleanup';
import type { CType } from '../ir/ir';
import type { DefinitionSites } from './on-demand';
import type { Include } from './types';
import { namedNumber } from './directives';

/** The names that a file defines, found without parsing it. */
export interface Outline extends DefinitionSites {
  /** Non-static functions that the file defines; computed on demand. */
  readonly defines: ReadonlySet<string>;
  readonly constants: ReadonlyMap<string, number>;
  readonly typedefs: ReadonlyMap<string, CType>;
  readonly includes: readonly Include[];
}

/** An outline under construction. */
interface Draft {
  readonly text: string;
  readonly sites: Map<string, number[]>;
  readonly constants: Map<string, number>;
  readonly typedefs: Map<string, CType>;
  readonly includes: Include[];
  /** End of the last function head found: lines before it belong to that head. */
  headEnd: number;
}

/** The outline of a text. The first character of a line decides whether it can define a name, which is rare. */
export function makeOutline(text: string): Outline {
  const draft: Draft = { text, sites: new Map(), constants: new Map(), typedefs: new Map(), includes: [], headEnd: 0 };
  for (let line = 0; line < text.length;) {
    scanLine(draft, line);
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
      return (defines ??= new Set(definedFunctions(text).keys()));
    },
  };
}

function scanLine(draft: Draft, line: number): void {
  const { text } = draft;
  switch (text.charCodeAt(line)) {
    case 9: // tab
    case 32: // blank
    case 35: // #
      return scanDirective(draft, line);
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

/** The match of a sticky pattern at an offset of a text. */
function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

const isBlank = (c: number): boolean => c === 32 || c === 9;

function scanDirective(draft: Draft, line: number): void {
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

/** Adds structures. The search starts at braces, which are less frequent than the keywords. */
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

/** The non-static functions that a text defines, with the offsets of their bodies. */
function definedFunctions(text: string): Map<string, number> {
  const defines = new Map<string, number>();
  for (const { index, 0: head, 1: name } of text.matchAll(
    /^(?!static\b|typedef\b)[A-Za-z_][\w \t*]*?[\s*](\w+)\([^;{}#]*\)\s*\{/gm,
  ))
    if (name) defines.set(name, index + head.length);
  return defines;
}

/** The non-static functions of a text whose bodies contain one of `words`. */
export function functionsNaming(text: string, words: readonly string[]): string[] {
  if (!words.some((word) => text.includes(word))) return [];
  return [...definedFunctions(text)].flatMap(([name, body]) => {
    const inside = text.slice(body, endOfBody(text, body));
    return words.some((word) => inside.includes(word)) ? [name] : [];
  });
}

/** The end of a body in kernel style: a closing brace at the start of a line. */
function endOfBody(text: string, body: number): number {
  const end = text.indexOf('\n}', body);
  return end < 0 ? text.length : end;
}
