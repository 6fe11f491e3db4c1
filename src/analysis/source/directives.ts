import { classDefinitions } from '../../kernel/cleanup';
import type { CParser, SyntaxTree } from '../../syntax/parser';
import { parseC } from '../../syntax/parser';
import type { FunctionIr } from '../ir/ir';
import { emptyFunction, lowerFunction } from '../lower/file';
import { sourceOf } from './functions';
import { topLevel } from './top-level';
import type { FunctionUnit, Include, SourceUnit } from './types';

/** The contents of a file's directives, which masking blanks and lists in a table. */
export type Directives = Pick<SourceUnit, 'includes' | 'macros' | 'unexpandedMacros' | 'constants'>;

/** The includes, macros and named constants of a parsed file. */
export function readDirectives(parser: CParser, path: string, tree: SyntaxTree, shift: number): Directives {
  const includes: Include[] = [];
  const macros = new Map<string, FunctionUnit>();
  const unexpandedMacros: FunctionUnit[] = [];
  const constants = new Map<string, number>();
  for (const { kind, start, end } of tree.directives) {
    const line = tree.text.slice(start, end);
    if (kind === 'include') {
      const match = /^#\s*include\s*(?:<([^>]+)>|"([^"]+)")/.exec(line);
      const name = match?.[1] ?? match?.[2];
      if (name) includes.push({ name, system: match?.[1] !== undefined });
    } else if (kind === 'define') {
      const macro = readMacro(line);
      if (macro) {
        const unit = macroUnit(parser, path, start + shift, macro);
        if (isExpanded(macro)) macros.set(macro.name, unit);
        else unexpandedMacros.push(unit);
      }
      const named = namedNumber(line);
      if (named) constants.set(...named);
    }
  }
  for (const { name, arguments: list } of tree.declarations) {
    for (const unit of classUnits({ parser, path, text: tree.text, shift }, name, list))
      macros.set(unit.place.name, unit);
  }
  return { includes, macros, unexpandedMacros, constants };
}

const numberMacro =
  /^#\s*define\s+(\w+)\s+\(?\s*(?:(~\s*(?:\(\s*\w+\s*\)\s*)?0[uUlL]*)|(0[xX][\da-fA-F]+|\d+)[uUlL]*|BIT\((\d+)\)|1[uUlL]*\s*<<\s*(\d+))\s*\)?\s*(?:\/[*/].*)?$/;

/** The name and value of `#define NAME 0x10`, `BIT(4)`, `(1 << 4)` or `(~(dma_addr_t)0)`, which is -1; otherwise null. */
export function namedNumber(line: string): [string, number] | null {
  const [, name, ones, number, bit, shift] = numberMacro.exec(line.trimEnd()) ?? [];
  if (!name) return null;
  if (ones) return [name, -1];
  return [name, number === undefined ? 2 ** Number(bit ?? shift) : Number(number)];
}

/** A macro whose body contains code. */
interface Macro {
  readonly name: string;
  /** Null for an object-like macro. */
  readonly parameters: readonly string[] | null;
  /** The body, joined to one line, without comments. */
  readonly body: string;
  /** Offset of the body in the directive. */
  readonly bodyAt: number;
}

const blanks = (text: string): string => ' '.repeat(text.length);

function readMacro(line: string): Macro | null {
  const flat = line.replace(/\\\r?\n/g, blanks).replace(/\/\*[^]*?\*\//g, blanks);
  const [head, name, list] = /^#\s*define\s+(\w+)(?:\(([\w\s,.]*)\))?\s*/.exec(flat) ?? [];
  if (head === undefined || name === undefined) return null;
  const body = flat.slice(head.length).trimEnd();
  if (list === undefined ? !/\w\s*\(/.test(body) : body === '') return null;
  const parameters = list?.split(',').map((parameter) => parameter.trim());
  return { name, parameters: parameters?.filter(Boolean) ?? null, body, bodyAt: head.length };
}

/** Whether the analysis expands a macro: a short function-like one without `#` and `__VA_ARGS__`. */
function isExpanded({ parameters, body }: Macro): boolean {
  return parameters !== null && !parameters.includes('...') && body.length <= 400 && !/#|__VA_ARGS__/.test(body);
}

/**
 * A macro as a function whose parameters are passed by value. Offsets in its body map to the file; the rest of the function's
 * text is synthetic.
 */
function macroUnit(
  parser: CParser,
  path: string,
  start: number,
  { name, parameters, body, bodyAt }: Macro,
): FunctionUnit {
  const named = (parameters ?? []).filter((parameter) => /^\w+$/.test(parameter));
  const head = `static void ${name}(${named.map((parameter) => `void *${parameter}`).join(', ')}) `;
  return syntheticFunction(parser, path, name, head, body, start + bodyAt);
}

/** The functions that `DEFINE_FREE()` and related macros define. */
function classUnits(
  { parser, path, text, shift }: { parser: CParser; path: string; text: string; shift: number },
  macro: string,
  list: Range,
): FunctionUnit[] {
  const definitions = classDefinitions.get(macro);
  if (!definitions) return [];
  const args = splitArguments(text, list);
  const [of, type] = args.map(({ start, end }) => text.slice(start, end));
  return definitions.flatMap(({ name, body, parameters: kind }) => {
    const code = args[body];
    if (!of || !type || !code) return [];
    const given = args.slice(body + 1).map(({ start, end }) => text.slice(start, end));
    const parameters = kind === 'self' ? [`${type} _T`] : given;
    const head = `static void ${name(of)}(${parameters.join(', ').replace(/\s+/g, ' ')}) `;
    const inside = text.slice(code.start, code.end).replace(/\n/g, ' ');
    return [syntheticFunction(parser, path, name(of), head, inside, code.start + shift)];
  });
}

/** The ranges of a macro's arguments, trimmed. */
function splitArguments(text: string, list: Range): Range[] {
  const found: Range[] = [];
  let depth = 0;
  let start = list.start;
  for (let at = list.start; at <= list.end; at++) {
    const c = at === list.end ? ',' : text[at];
    if (c === '(' || c === '{' || c === '[') depth++;
    else if (c === ')' || c === '}' || c === ']') depth--;
    if (c !== ',' || depth > 0) continue;
    const argument = text.slice(start, at);
    const from = start + argument.length - argument.trimStart().length;
    found.push({ start: from, end: from + argument.trim().length });
    start = at + 1;
  }
  return found;
}

interface Range {
  readonly start: number;
  readonly end: number;
}

/** A synthetic function around the code at `at` in the file. */
function syntheticFunction(
  parser: CParser,
  path: string,
  name: string,
  head: string,
  body: string,
  at: number,
): FunctionUnit {
  const statements = /^do\s*\{|[;{]|^if\b/.test(body) && !/^\(\{/.test(body);
  const opening = statements ? `${head}{ ` : `${head}{ return `;
  const text = `${opening}${body}; }`;
  let lowered: FunctionIr | null = null;
  return {
    place: { file: path, name, macro: true, origin: at - opening.length },
    text,
    masked: text,
    isStatic: true,
    words: new Set(body.match(/[A-Za-z_]\w*/g)),
    broken: false,
    when: [],
    ir: () => (lowered ??= lowerText(parser, text)),
  };
}

function lowerText(parser: CParser, text: string): FunctionIr {
  const tree = parseC(parser, text);
  if (!tree) throw new Error('parsing a macro was cancelled');
  try {
    const definition = topLevel(tree.root, text).find(({ node }) => node.type === 'function_definition')?.node;
    // the body alone is not valid C: the macro is not expanded
    if (!definition) return emptyFunction;
    return lowerFunction(definition, sourceOf(tree));
  } finally {
    tree.dispose();
  }
}
