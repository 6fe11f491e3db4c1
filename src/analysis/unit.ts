import { fixedSymbols } from '../kernel/config';
import type { Node } from '../syntax/parser';
import type { CParser, SyntaxTree } from '../syntax/parser';
import { formatCondition, type Condition } from '../syntax/condition';
import { parseC, parseMasked } from '../syntax/parser';
import { choicesIn, variants } from '../syntax/variants';
import type { FunctionPlace } from './events';
import type { Callee } from './interpret';
import { unknownType } from './ir';
import type { CType, FunctionIr } from './ir';
import type { Source } from './lower/builder';
import { functionName, lowerFunction } from './lower/file';
import { directiveCondition } from './lower/statements';
import { baseType, declaredType, readDeclarator } from './lower/types';

/** A configuration symbol (or a condition over several) that has to hold or not. */
export interface ConfigLiteral {
  readonly atom: string;
  readonly holds: boolean;
}

/** One function of a source file. Its lowered form is made on first use and survives edits elsewhere in the file. */
export interface FunctionUnit {
  readonly place: FunctionPlace;
  readonly text: string;
  readonly isStatic: boolean;
  /** Every identifier in it: the prefilter for «does it call …», «does it name …». */
  readonly words: ReadonlySet<string>;
  /** True when the syntax tree has an error inside the function. */
  readonly broken: boolean;
  /** The `#if` that it stands under. */
  readonly when: readonly ConfigLiteral[];
  ir(): FunctionIr;
}

/** The function in the form that interpretation takes. */
export function calleeOf(fn: FunctionUnit): Callee {
  return { place: fn.place, ir: fn.ir(), text: fn.text, when: fn.when };
}

/** A parsed source file: its functions, structures, macros and includes. */
export interface SourceUnit {
  readonly path: string;
  readonly text: string;
  readonly functions: ReadonlyMap<string, FunctionUnit>;
  /** All definitions of a name, where `#if` chooses between several. */
  readonly alternatives: ReadonlyMap<string, readonly FunctionUnit[]>;
  readonly includes: readonly Include[];
  /** Members of structures defined here, by `struct tag`. */
  readonly structs: ReadonlyMap<string, ReadonlyMap<string, CType>>;
  /** Function-like macros by name. */
  readonly macros: ReadonlyMap<string, FunctionUnit>;
  /** Identifiers that are used other than by being called: their address may be taken. */
  readonly addressTaken: ReadonlySet<string>;
  /** Object-like macros that are plain numbers. */
  readonly constants: ReadonlyMap<string, number>;
  /** Types of the file's variables. */
  readonly globals: ReadonlyMap<string, CType>;
  /** What `typedef` names stand for. */
  readonly typedefs: ReadonlyMap<string, CType>;
  /** Functions in constant tables, by `table.member`. */
  readonly tables: ReadonlyMap<string, string>;
  /** GUID macros of the VMBus devices that the file's id tables name. */
  readonly deviceIds: readonly string[];
}

export interface Include {
  readonly name: string;
  readonly system: boolean;
}

/**
 * Parses a file and lowers nothing yet. `previous` is the same file before an edit: functions whose text did not change
 * are carried over with all that is known of them. Never throws on bad C.
 */
export function readUnit(parser: CParser, path: string, text: string, previous?: SourceUnit): SourceUnit {
  const draft: Draft = {
    parser,
    path,
    text,
    previous,
    definitions: new Map(),
    structs: new Map(),
    globals: new Map(),
    tables: new Map(),
    typedefs: new Map(),
    deviceIds: [],
  };
  const { readings } = variants(text, { defines: fixedSymbols });
  let directives: Pick<SourceUnit, 'includes' | 'macros' | 'constants'> | null = null;
  readings.forEach((masked, reading) => {
    const tree = parseMasked(parser, masked);
    if (!tree) throw new Error(`parsing ${path} was cancelled`);
    try {
      directives ??= readDirectives(parser, path, tree);
      collect(draft, tree, reading > 0);
    } finally {
      tree.dispose();
    }
  });
  return finishUnit(draft, directives ?? { includes: [], macros: new Map(), constants: new Map() });
}

/** A unit while its readings are collected. */
interface Draft {
  readonly parser: CParser;
  readonly path: string;
  readonly text: string;
  readonly previous?: SourceUnit;
  readonly definitions: Map<string, FunctionUnit[]>;
  readonly structs: Map<string, Map<string, CType>>;
  readonly globals: Map<string, CType>;
  readonly tables: Map<string, string>;
  readonly typedefs: Map<string, CType>;
  readonly deviceIds: string[];
}

/** Collects what one reading of the file says; of later ones, only the functions that read differently. */
function collect(draft: Draft, tree: SyntaxTree, onlyChosen: boolean): void {
  const source = sourceOf(tree);
  const { parser, path, text, previous } = draft;
  for (const { node, when } of topLevel(tree.root, text)) {
    const choices = choicesIn(tree, node.startIndex, node.endIndex);
    if (onlyChosen && choices.length === 0) continue;
    const chosen = [...when, ...choices.flatMap((region) => literalsOf(region.arms[region.chosen]?.condition))];
    switch (node.type) {
      case 'function_definition':
        addDefinition(draft, functionUnit(path, node, source, chosen, 0, previous));
        break;
      case 'ERROR':
        for (const found of recover(parser, path, text, node, previous)) addDefinition(draft, found);
        break;
      default:
        if (!onlyChosen) collectDeclaration(draft, node);
    }
  }
}

function addDefinition(draft: Draft, unit: FunctionUnit | null): void {
  if (!unit) return;
  const others = draft.definitions.get(unit.place.name);
  if (!others) draft.definitions.set(unit.place.name, [unit]);
  else if (!others.some((other) => other.text === unit.text && sameWhen(other.when, unit.when))) others.push(unit);
}

function collectDeclaration(draft: Draft, node: Node): void {
  const { text } = node;
  if (/\b(?:struct|union)\s+\w+\s*\{/.test(text)) collectStructs(node, draft.structs);
  if (node.type === 'type_definition') {
    const declarator = readDeclarator(node.childForFieldName('declarator'));
    if (declarator.name !== null && !declarator.parameters)
      draft.typedefs.set(declarator.name, declaredType(baseType(node), declarator));
  }
  if (node.type !== 'declaration') return;
  if (/\bhv_vmbus_device_id\b/.test(text)) draft.deviceIds.push(...(text.match(/\bHV_\w+_GUID\b/g) ?? []));
  const base = baseType(node);
  for (const child of node.namedChildren) {
    if (!child || !/declarator$|^identifier$/.test(child.type)) continue;
    const value = child.type === 'init_declarator' ? child.childForFieldName('value') : null;
    const declarator = readDeclarator(child.type === 'init_declarator' ? child.childForFieldName('declarator') : child);
    if (declarator.name === null || declarator.parameters) continue;
    draft.globals.set(declarator.name, declaredType(base, declarator));
    if (value?.type === 'initializer_list' && /\bconst\b/.test(text)) collectTable(draft, declarator.name, value);
  }
}

/** `static const struct ops t = { .prepare = lab_prepare }`: which function a member of a constant table is. */
function collectTable(draft: Draft, name: string, list: Node): void {
  for (const pair of list.namedChildren) {
    const member =
      pair?.type === 'initializer_pair' ? pair.childForFieldName('designator')?.text.replace(/^\./, '') : null;
    const value = pair?.childForFieldName('value');
    if (member && value?.type === 'identifier') draft.tables.set(`${name}.${member}`, value.text);
  }
}

function finishUnit(draft: Draft, directives: Pick<SourceUnit, 'includes' | 'macros' | 'constants'>): SourceUnit {
  const { path, text, structs, globals, tables, typedefs, deviceIds } = draft;
  const functions = new Map<string, FunctionUnit>();
  const alternatives = new Map<string, readonly FunctionUnit[]>();
  for (const [name, definitions] of draft.definitions) {
    const [first] = definitions;
    if (!first) continue;
    functions.set(name, first);
    // an include guard and the like is no choice between definitions
    alternatives.set(name, definitions.length > 1 ? definitions : [{ ...first, when: [] }]);
  }
  const addressTaken = findAddressTaken(text, functions);
  return {
    path,
    text,
    functions,
    alternatives,
    ...directives,
    structs,
    globals,
    tables,
    typedefs,
    addressTaken,
    deviceIds,
  };
}

/** A condition as literals; what is no conjunction of symbols is one literal by itself. */
function literalsOf(condition: Condition | undefined): ConfigLiteral[] {
  if (!condition || condition.kind === 'constant') return [];
  if (condition.kind === 'symbol') return [{ atom: condition.name, holds: true }];
  if (condition.kind === 'and') return [...literalsOf(condition.left), ...literalsOf(condition.right)];
  if (condition.kind === 'not' && condition.operand.kind === 'symbol')
    return [{ atom: condition.operand.name, holds: false }];
  return [{ atom: formatCondition(condition), holds: true }];
}

interface TopLevelItem {
  readonly node: Node;
  readonly when: readonly ConfigLiteral[];
}

/** Top-level items with the `#if` they stand under, looking into `extern "C"` too. */
function topLevel(node: Node, text: string, when: readonly ConfigLiteral[] = []): TopLevelItem[] {
  return node.namedChildren.flatMap((child): TopLevelItem[] => {
    if (!child) return [];
    switch (child.type) {
      case 'preproc_if':
      case 'preproc_ifdef':
      case 'preproc_elif':
      case 'preproc_elifdef':
        return conditionalItems(child, text, when);
      case 'preproc_else':
      case 'linkage_specification':
      case 'declaration_list':
        return topLevel(child, text, when);
      default:
        return [{ node: child, when }];
    }
  });
}

function conditionalItems(node: Node, text: string, when: readonly ConfigLiteral[]): TopLevelItem[] {
  const { atom, negated } = directiveCondition(text, node.startIndex);
  const alternative = node.childForFieldName('alternative');
  const inside = topLevel(node, text, [...when, { atom, holds: !negated }]).filter(
    (item) => !alternative || item.node.startIndex < alternative.startIndex,
  );
  if (!alternative) return inside;
  const otherwise = [...when, { atom, holds: negated }];
  const rest =
    alternative.type === 'preproc_else'
      ? topLevel(alternative, text, otherwise)
      : conditionalItems(alternative, text, otherwise);
  return [...inside, ...rest];
}

/**
 * Functions in a stretch that did not parse: it is cut where a line starts with a closing brace, as every function of
 * kernel C ends, and each piece is parsed by itself.
 */
function recover(parser: CParser, path: string, text: string, node: Node, previous?: SourceUnit): FunctionUnit[] {
  const found: FunctionUnit[] = [];
  let start = node.startIndex;
  // the broken stretch may have swallowed only the head of its last function
  const end = text.indexOf('\n}', node.endIndex - 1);
  const stretch = text.slice(start, end < 0 ? node.endIndex : Math.max(node.endIndex, end + 2));
  for (const piece of stretch.split(/(?<=^\})/m)) {
    const tree = piece.length < stretch.length ? parseC(parser, piece, { defines: fixedSymbols }) : undefined;
    if (tree) {
      const source = sourceOf(tree);
      for (const item of topLevel(tree.root, piece)) {
        if (item.node.type !== 'function_definition') continue;
        const unit = functionUnit(path, item.node, source, item.when, start, previous);
        if (unit) found.push(unit);
      }
      tree.dispose();
    }
    start += piece.length;
  }
  return found;
}

/** Includes, function-like macros and named numbers: masking blanked them, and its table tells where they are. */
function readDirectives(
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

/** The true names of statement macros that masking rewrote, and the places of case ranges, by offset. */
function sourceOf(tree: SyntaxTree): Source {
  const names = new Map<number, string>();
  for (const macro of tree.statements) names.set(macro.start, macro.name);
  for (const range of tree.caseRanges) names.set(caseValueStart(tree.text, range.start), '...');
  return { text: tree.text, macroAt: (offset) => names.get(offset) };
}

function caseValueStart(text: string, rangeStart: number): number {
  const at = text.lastIndexOf('case', rangeStart);
  return at + 4 + (/^\s*/.exec(text.slice(at + 4, rangeStart))?.[0].length ?? 0);
}

function functionUnit(
  path: string,
  node: Node,
  source: Source,
  when: readonly ConfigLiteral[],
  /** Offset in the file of the text that was parsed. */
  shift: number,
  previous?: SourceUnit,
): FunctionUnit | null {
  const name = functionName(node);
  if (name === null) return null;
  const own = source.text.slice(node.startIndex, node.endIndex);
  const origin = node.startIndex + shift;
  const known = previous?.alternatives.get(name)?.find((unit) => unit.text === own && sameWhen(unit.when, when));
  if (known) {
    known.place.origin = origin;
    return known;
  }
  const place: FunctionPlace = { file: path, name, origin };
  const head = source.text.slice(node.startIndex, node.childForFieldName('body')?.startIndex ?? node.endIndex);
  const ir = lowerFunction(node, source);
  return {
    place,
    text: own,
    isStatic: /\bstatic\b/.test(head),
    words: new Set(own.match(/[A-Za-z_]\w*/g)),
    broken: node.hasError,
    when,
    ir: () => ir,
  };
}

function sameWhen(a: readonly ConfigLiteral[], b: readonly ConfigLiteral[]): boolean {
  return a.length === b.length && a.every((literal, i) => literal.atom === b[i]?.atom && literal.holds === b[i]?.holds);
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

function collectStructs(node: Node, structs: Map<string, Map<string, CType>>): void {
  const kinds = ['struct_specifier', 'union_specifier'];
  for (const specifier of [...(kinds.includes(node.type) ? [node] : []), ...node.descendantsOfType(kinds)]) {
    const tag = specifier?.childForFieldName('name')?.text;
    const body = specifier?.childForFieldName('body');
    if (!specifier || !tag || !body) continue;
    const members = new Map<string, CType>();
    collectMembers(body, members);
    structs.set(`${specifier.type === 'struct_specifier' ? 'struct' : 'union'} ${tag}`, members);
  }
}

function collectMembers(body: Node, members: Map<string, CType>): void {
  for (const declaration of body.namedChildren) {
    if (!declaration) continue;
    if (declaration.type !== 'field_declaration') {
      if (declaration.type.startsWith('preproc_')) collectMembers(declaration, members);
      continue;
    }
    const base = baseType(declaration);
    const type = declaration.childForFieldName('type');
    let named = false;
    for (const child of declaration.namedChildren) {
      if (!child || child.id === type?.id || !/declarator$|^field_identifier$/.test(child.type)) continue;
      const declarator = readDeclarator(child);
      if (declarator.name === null) continue;
      named = true;
      members.set(
        declarator.name,
        declarator.parameters ? { name: 'function', pointers: 1 } : declaredType(base, declarator),
      );
    }
    // members of an unnamed structure belong to the outer one
    const inner = type?.childForFieldName('body');
    if (!named && inner) collectMembers(inner, members);
  }
}

/** Function names that occur somewhere other than in a call, a definition or a declaration: `.probe = lab_probe`. */
function findAddressTaken(text: string, functions: ReadonlyMap<string, FunctionUnit>): Set<string> {
  const taken = new Set<string>();
  for (const match of text.matchAll(/(?:[=,({&?:]|return)\s*&?([A-Za-z_]\w*)\s*[,;)}]/g)) {
    const name = match[1];
    if (name !== undefined && functions.has(name)) taken.add(name);
  }
  return taken;
}
