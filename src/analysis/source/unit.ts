import type { Symbols } from '../../kernel/config';
import { fixedSymbols } from '../../kernel/config';
import type { CParser, SyntaxTree } from '../../syntax/parser';
import { parseMasked } from '../../syntax/parser';
import type { Region } from '../../syntax/groups';
import type { Skip } from '../../syntax/mask';
import { choicesIn, variants } from '../../syntax/variants';
import type { CType } from '../ir/ir';
import { addressTakenIn } from './address-taken';
import { collectDeclaration, storedMembers } from './declarations';
import { readDirectives, type Directives } from './directives';
import { functionUnit, omittedUnit, recover, sameWhen, sourceOf, type Reading } from './functions';
import { literalsOf, topLevel, type Conditional } from './top-level';
import type { ConfigLiteral, FunctionUnit, SourceUnit } from './types';

/**
 * Parses a file and lowers nothing yet. `previous` is the same file before an edit: functions whose text did not change
 * are carried over with all that is known of them. `symbols` are the configuration symbols that decide `#if`; arms that
 * they rule out are not read. Never throws on bad C.
 */
export function readUnit(
  parser: CParser,
  path: string,
  text: string,
  previous?: SourceUnit,
  symbols: Symbols = fixedSymbols,
  /** Offset in the file of the text, where that is a piece of it. */
  shift = 0,
  skip?: Skip,
): SourceUnit {
  let stored: ReadonlySet<string> | null = null;
  const draft: Draft = {
    parser,
    path,
    text,
    previous,
    symbols,
    shift,
    selected: skip !== undefined,
    definitions: new Map(),
    structs: new Map(),
    globals: new Map(),
    tables: new Map(),
    openMembers: new Set(),
    stored: () => (stored ??= storedMembers(text)),
    typedefs: new Map(),
    deviceIds: [],
    broken: false,
  };
  const { readings } = variants(text, { defines: symbols, skip });
  let directives: Directives | null = null;
  readings.forEach((masked, reading) => {
    const tree = parseMasked(parser, masked);
    if (!tree) throw new Error(`parsing ${path} was cancelled`);
    try {
      directives ??= readDirectives(parser, path, tree, shift);
      draft.broken ||= tree.root.hasError;
      collect(draft, tree, reading > 0);
    } finally {
      tree.dispose();
    }
  });
  return finishUnit(draft, directives ?? { includes: [], macros: new Map(), bodies: [], constants: new Map() });
}

/** A unit while its readings are collected. */
interface Draft {
  readonly parser: CParser;
  readonly path: string;
  readonly text: string;
  readonly previous?: SourceUnit;
  readonly symbols: Symbols;
  readonly shift: number;
  readonly selected: boolean;
  readonly definitions: Map<string, FunctionUnit[]>;
  readonly structs: Map<string, Map<string, CType>>;
  readonly globals: Map<string, CType>;
  readonly tables: Map<string, string>;
  readonly openMembers: Set<string>;
  stored(): ReadonlySet<string>;
  readonly typedefs: Map<string, CType>;
  readonly deviceIds: string[];
  broken: boolean;
}

/** Collects what one reading of the file says; of later ones, only the functions that read differently. */
function collect(draft: Draft, tree: SyntaxTree, onlyChosen: boolean): void {
  const reading: Reading = { ...draft, tree, source: sourceOf(tree) };
  const stretches: Conditional[] = [];
  const items = topLevel(tree.root, draft.text, stretches);
  const literals = (choices: readonly Region[]): ConfigLiteral[] =>
    choices.flatMap((region) => literalsOf(region.arms[region.chosen]?.condition));
  const { omitted } = tree;
  let next = 0;
  const addOmitted = (before: number): void => {
    for (let fn = omitted[next]; fn && fn.start < before; fn = omitted[++next]) {
      const { start, end } = fn;
      const choices = choicesIn(tree, start, end);
      if (onlyChosen && choices.length === 0) continue;
      const when = stretches.findLast((stretch) => stretch.start <= start && start < stretch.end)?.when ?? [];
      addDefinition(draft, omittedUnit(reading, fn, [...when, ...literals(choices)]));
    }
  };
  for (const { node, when } of items) {
    // of several definitions, the first of the text is the one that is told of
    addOmitted(node.startIndex);
    const choices = choicesIn(tree, node.startIndex, node.endIndex);
    if (onlyChosen && choices.length === 0) continue;
    switch (node.type) {
      case 'function_definition': {
        const whole = functionUnit(reading, node, [...when, ...literals(choices)]);
        const apart = whole?.broken && swallows(whole) ? recover(reading, node) : [];
        const found = apart.some(({ place }) => place.name === whole?.place.name) ? apart : [whole];
        for (const unit of found) addDefinition(draft, unit);
        break;
      }
      case 'ERROR':
        for (const found of recover(reading, node)) addDefinition(draft, found);
        break;
      default:
        if (!onlyChosen) collectDeclaration(draft, node);
    }
  }
  addOmitted(Infinity);
}

/** True for a function that a missing brace leaves open: others, each closed in the first column, lie in what was read of it. */
function swallows(unit: FunctionUnit): boolean {
  return /^\}[^]*\S/m.test(unit.text);
}

function addDefinition(draft: Draft, unit: FunctionUnit | null): void {
  if (!unit) return;
  const others = draft.definitions.get(unit.place.name);
  if (!others) draft.definitions.set(unit.place.name, [unit]);
  else if (!others.some((other) => other.text === unit.text && isSame(other, unit))) others.push(unit);
}

/** True for two definitions between which no configuration chooses, and for one left out that was met again in broken code. */
function isSame(a: FunctionUnit, b: FunctionUnit): boolean {
  const again = a.place.origin === b.place.origin && (a.masked === null || b.masked === null);
  return again || sameWhen(a.when, b.when);
}

function finishUnit(draft: Draft, directives: Directives): SourceUnit {
  const { path, text, broken, symbols, structs, globals, tables, openMembers, typedefs, deviceIds } = draft;
  const functions = new Map<string, FunctionUnit>();
  const alternatives = new Map<string, readonly FunctionUnit[]>();
  for (const [name, definitions] of draft.definitions) {
    const [first] = definitions;
    if (!first) continue;
    functions.set(name, first);
    // an include guard and the like is no choice between definitions
    alternatives.set(name, definitions.length > 1 ? definitions : [{ ...first, when: [] }]);
  }
  const addressTaken = addressTakenIn(text, functions);
  return {
    path,
    text,
    symbols,
    broken,
    functions,
    alternatives,
    ...directives,
    structs,
    globals,
    tables,
    openMembers,
    typedefs,
    addressTaken,
    deviceIds,
  };
}
