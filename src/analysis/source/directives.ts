import type { CParser, SyntaxTree } from '../../syntax/parser';
import { parseC } from '../../syntax/parser';
import { unknownType } from '../ir';
import type { FunctionIr } from '../ir';
import { lowerFunction } from '../lower/file';
import { sourceOf } from './functions';
import { topLevel } from './top-level';
import type { FunctionUnit, Include, SourceUnit } from './types';

/** Includes, function-like macros and named numbers: masking blanked them, and its table tells where they are. */
export function readDirectives(
  parser: CParser,
  path: string,
  tree: SyntaxTree,
): Pick<SourceUnit, 'includes' | 'macros' | 'constants'> {
  const includes: Include[] = [];
  const macros = new Map<string, FunctionUnit>();
  const constants = new Map<string, number>();
  for (const { kind, start, end } of tree.directives) {
    const line = tree.text.slice(start, end);
    if (kind === 'include') {
      const match = /^#\s*include\s*(?:<([^>]+)>|"([^"]+)")/.exec(line);
      const name = match?.[1] ?? match?.[2];
      if (name) includes.push({ name, system: match?.[1] !== undefined });
    } else if (kind === 'define') {
      const unit = macroUnit(parser, path, start, line);
      if (unit) macros.set(unit.place.name, unit);
      const named = namedNumber(line);
      if (named) constants.set(...named);
    }
  }
  return { includes, macros, constants };
}

/** `#define NAME 0x10`, `BIT(4)` or `(1 << 4)`: the name and its number, or null. */
export function namedNumber(line: string): [string, number] | null {
  const match =
    /^#\s*define\s+(\w+)\s+\(?\s*(?:(0[xX][\da-fA-F]+|\d+)[uUlL]*|BIT\((\d+)\)|1[uUlL]*\s*<<\s*(\d+))\s*\)?\s*(?:\/[*/].*)?$/.exec(
      line.trimEnd(),
    );
  const [, name, number, bit, shift] = match ?? [];
  if (!name) return null;
  return [name, number === undefined ? 2 ** Number(bit ?? shift) : Number(number)];
}

/** A function-like macro as a function whose parameters are passed by value; null when its body is no C on its own. */
function macroUnit(parser: CParser, path: string, origin: number, line: string): FunctionUnit | null {
  const match = /^#\s*define\s+(\w+)\(([\w\s,]*)\)\s*([^]*)$/.exec(line.replace(/\\\r?\n/g, ' '));
  const [, name, list = '', rest = ''] = match ?? [];
  const body = rest.replace(/\/\*.*?\*\//g, ' ').trim();
  if (!name || !body || body.length > 400 || /#|__VA_ARGS__/.test(body)) return null;
  const parameters = list
    .split(',')
    .map((parameter) => parameter.trim())
    .filter(Boolean);
  const head = `static void ${name}(${parameters.map((parameter) => `void *${parameter}`).join(', ')}) `;
  const statements = /^do\s*\{|[;{]/.test(body) && !/^\(\{/.test(body);
  const text = statements ? `${head}{ ${body}; }` : `${head}{ return ${body}; }`;
  let lowered: FunctionIr | null = null;
  return {
    place: { file: path, name, macro: true, origin },
    text,
    masked: text,
    isStatic: true,
    words: new Set(body.match(/[A-Za-z_]\w*/g)),
    broken: false,
    when: [],
    ir: () => (lowered ??= lowerText(parser, text)),
  };
}

const emptyFunction: FunctionIr = {
  name: '?',
  parameters: [],
  variables: new Map(),
  returns: unknownType,
  blocks: [{ ops: [], end: { k: 'return', value: null, at: { start: 0, end: 0 } } }],
  order: [0],
  gaps: [],
};

function lowerText(parser: CParser, text: string): FunctionIr {
  const tree = parseC(parser, text);
  if (!tree) throw new Error('parsing a macro was cancelled');
  try {
    const definition = topLevel(tree.root, text).find(({ node }) => node.type === 'function_definition')?.node;
    // a body that is no C on its own: the macro is left alone
    if (!definition) return emptyFunction;
    return lowerFunction(definition, sourceOf(tree));
  } finally {
    tree.dispose();
  }
}
