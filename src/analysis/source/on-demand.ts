import type { Symbols } from '../../kernel/config';
import type { CParser } from '../../syntax/parser';
import type { CType } from '../ir/ir';
import type { FunctionUnit, SourceUnit } from './types';
import { readUnit } from './unit';

/** The offsets of a file's definitions by name, found without parsing it. */
export interface DefinitionSites {
  readonly text: string;
  /** Functions and function-like macros by name, structures by `struct tag`. */
  readonly sites: ReadonlyMap<string, readonly number[]>;
}

/** Definitions of a file, parsed one by one on demand. */
export interface OnDemandDefinitions {
  functions(name: string): readonly FunctionUnit[];
  members(struct: string): ReadonlyMap<string, CType> | null;
}

/**
 * Parses single definitions of a file on demand, each with its enclosing `#if` lines only: the analysis needs only a few
 * definitions of most headers. The result is the same as from parsing the whole file.
 */
export function createOnDemandDefinitions(
  parser: CParser,
  path: string,
  { text, sites }: DefinitionSites,
  symbols: Symbols,
): OnDemandDefinitions {
  const functions = new Map<string, readonly FunctionUnit[]>();
  const structs = new Map<string, ReadonlyMap<string, CType> | null>();
  let frames: ConditionalFrames | null = null;
  const read = (name: string): SourceUnit[] =>
    (sites.get(name) ?? []).flatMap((start) => {
      const end = endOfDefinition(text, start);
      if (end === null) return [];
      const { open, close } = (frames ??= conditionalFrames(text)).enclosing(start);
      const part = `${open}${text.slice(start, end)}${close}`;
      return [readUnit(parser, path, part, undefined, symbols, start - open.length)];
    });
  return {
    functions(name) {
      let found = functions.get(name);
      if (!found) functions.set(name, (found = definitionsOf(read(name), name)));
      return found;
    },
    members(struct) {
      let found = structs.get(struct);
      if (found === undefined) {
        found =
          read(struct)
            .findLast((unit) => unit.structs.has(struct))
            ?.structs.get(struct) ?? null;
        structs.set(struct, found);
      }
      return found;
    },
  };
}

/** All definitions of a name. The `#if` around a single definition is dropped, because it does not select one. */
function definitionsOf(units: readonly SourceUnit[], name: string): FunctionUnit[] {
  const found = units.flatMap((unit) => {
    const several = unit.alternatives.get(name) ?? [];
    return several.length > 1 ? several : (unit.functions.get(name) ?? []);
  });
  const [first] = found;
  if (first) return found.length > 1 ? found : [{ ...first, when: [] }];
  const macro = units.findLast((unit) => unit.macros.has(name))?.macros.get(name);
  return macro ? [macro] : [];
}

/**
 * The end of the definition at an offset: after its closing brace (for a type, after its semicolon), at the end of a macro's
 * logical line, or after the arguments of `DEFINE_FREE()` and related macros. Null if it has no body or is unterminated.
 */
function endOfDefinition(text: string, start: number): number | null {
  if (text[start] === '#') return endOfDirective(text, start);
  if (text.startsWith('DEFINE_', start)) return endOfList(text, start);
  const opening = findToken(text, start, '{;');
  if (opening === null || text[opening] === ';') return null;
  const closing = closingBrace(text, opening);
  if (closing === null) return null;
  const isType = /^(?:struct|union)\b/.test(text.slice(start, start + 7));
  const end = isType ? findToken(text, closing + 1, ';') : closing;
  return end === null ? null : end + 1;
}

/** The offset after the argument list of a macro. */
function endOfList(text: string, start: number): number | null {
  const scan = /[()]/g;
  scan.lastIndex = start;
  let depth = 0;
  for (let match = scan.exec(text); match; match = scan.exec(text)) {
    depth += match[0] === '(' ? 1 : -1;
    if (depth === 0) return match.index + 1;
  }
  return null;
}

function endOfDirective(text: string, start: number): number {
  let end = text.indexOf('\n', start);
  while (end > 0 && (text[end - 1] === '\\' || (text[end - 1] === '\r' && text[end - 2] === '\\')))
    end = text.indexOf('\n', end + 1);
  return end < 0 ? text.length : end + 1;
}

/** Text in which braces and semicolons are ignored: comments, literals, directives. */
const ignored = String.raw`\/\*[^]*?\*\/|\/\/.*|"(?:[^"\\\n]|\\[^])*"|'(?:[^'\\\n]|\\[^])*'|^[ \t]*#(?:[^\n\\]|\\[^])*`;

function findToken(text: string, start: number, wanted: string): number | null {
  const scan = new RegExp(`${ignored}|[(){};]`, 'gm');
  scan.lastIndex = start;
  let depth = 0;
  for (let match = scan.exec(text); match; match = scan.exec(text)) {
    const [token] = match;
    if (token === '(') depth++;
    else if (token === ')') depth--;
    else if (token.length === 1 && depth <= 0 && wanted.includes(token)) return match.index;
  }
  return null;
}

/** The brace that closes the one at an offset. The arms of an inner `#if` are alternatives of each other. */
function closingBrace(text: string, opening: number): number | null {
  const scan = new RegExp(`${ignored}|[{}]`, 'gm');
  scan.lastIndex = opening;
  let depth = 0;
  const entered: number[] = [];
  for (let match = scan.exec(text); match; match = scan.exec(text)) {
    const [token] = match;
    if (token === '{') depth++;
    else if (token === '}') {
      depth--;
      if (depth === 0) return match.index;
    } else {
      const directive = /^[ \t]*#[ \t]*(if|el|endif)/.exec(token)?.[1];
      if (directive === 'if') entered.push(depth);
      else if (directive === 'el') depth = entered.at(-1) ?? depth;
      else if (directive === 'endif') entered.pop();
    }
  }
  return null;
}

/** The conditionals of a file, to reproduce them around a part of it. */
interface ConditionalFrames {
  /** The directives that enclose an offset, and the ones that close them. */
  enclosing(offset: number): { readonly open: string; readonly close: string };
}

interface Arm {
  readonly start: number;
  /** The directives of its conditional up to the one that opens the arm, and those of the enclosing conditionals. */
  readonly lines: readonly (readonly string[])[];
}

function conditionalFrames(text: string): ConditionalFrames {
  const arms: Arm[] = [{ start: 0, lines: [] }];
  let lines: readonly (readonly string[])[] = [];
  for (const match of text.matchAll(/^[ \t]*#[ \t]*(if|el|endif)(?:[^\n\\]|\\[^])*/gm)) {
    const [line, kind] = match;
    const inner = lines.at(-1);
    if (kind === 'if') lines = [...lines, isDefineGuard(text, line, match.index) ? [] : [line]];
    else if (kind === 'el')
      lines = inner ? [...lines.slice(0, -1), inner.length > 0 ? [...inner, line] : inner] : lines;
    else lines = lines.slice(0, -1);
    arms.push({ start: match.index, lines });
  }
  return {
    enclosing(offset) {
      const under = (arms.findLast(({ start }) => start <= offset)?.lines ?? []).filter((each) => each.length > 0);
      return {
        open: under.flatMap((each) => each.map((line) => `${line}\n`)).join(''),
        close: under.map(() => '\n#endif').join(''),
      };
    },
  };
}

/** `#ifndef X` directly followed by `#define X`: an include guard. */
function isDefineGuard(text: string, line: string, at: number): boolean {
  const name = /#[ \t]*ifndef[ \t]+(\w+)/.exec(line)?.[1];
  if (name === undefined) return false;
  const next = /^[ \t]*#(?:[^\n\\]|\\[^])*/m.exec(text.slice(at + line.length + 1, at + line.length + 2000))?.[0] ?? '';
  return /#[ \t]*define[ \t]+(\w+)/.exec(next)?.[1] === name;
}
