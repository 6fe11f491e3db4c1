import type { Symbols } from '../../kernel/config';
import { fixedSymbols } from '../../kernel/config';
import type { CParser, SyntaxTree } from '../../syntax/parser';
import { parseMasked } from '../../syntax/parser';
import type { Region } from '../../syntax/groups';
import type { Skip } from '../../syntax/mask';
import { choicesIn, variants } from '../../syntax/variants';
import type { CType } from '../ir/ir';
import { addressTakenIn } from './address-taken';
import { addDeclaration, storedMembers } from './declarations';
import { readDirectives, type Directives } from './directives';
import { functionUnit, omittedUnit, recoverFunctions, sameConfiguration, sourceOf, type ParsedText } from './functions';
import { literalsOf, topLevel, type Conditional } from './top-level';
import type { ConfigLiteral, FunctionUnit, SourceUnit } from './types';

/**
 * Parses a file. `previous` is the same file before an edit: units of functions with unchanged text are reused. `symbols` are
 * the configuration symbols that decide `#if`; arms that they exclude are not parsed. Never throws on invalid C.
 */
export function readUnit(
  parser: CParser,
  path: string,
  text: string,
  previous?: SourceUnit,
  symbols: Symbols = fixedSymbols,
  /** Offset of the text in the file, if it is a part of it. */
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
    mutableMembers: new Set(),
    stored: () => (stored ??= storedMembers(text)),
    typedefs: new Map(),
    deviceIds: [],
    broken: false,
  };
  const { readings } = variants(text, { defines: symbols, skip });
  let directives: Directives | null = null;
  readings.forEach((masked, index) => {
    const tree = parseMasked(parser, masked);
    if (!tree) throw new Error(`parsing ${path} was cancelled`);
    try {
      directives ??= readDirectives(parser, path, tree, shift);
      draft.broken ||= tree.root.hasError;
      addVariant(draft, tree, index > 0);
    } finally {
      tree.dispose();
    }
  });
  return finishUnit(
    draft,
    directives ?? { includes: [], macros: new Map(), unexpandedMacros: [], constants: new Map() },
  );
}

/** A unit under construction, from all variants of the text. */
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
  readonly mutableMembers: Set<string>;
  stored(): ReadonlySet<string>;
  readonly typedefs: Map<string, CType>;
  readonly deviceIds: string[];
  broken: boolean;
}

/** Adds the contents of one variant of the text; of later variants, only the functions that differ. */
function addVariant(draft: Draft, tree: SyntaxTree, onlyChosen: boolean): void {
  const parsed: ParsedText = { ...draft, tree, source: sourceOf(tree) };
  const conditionals: Conditional[] = [];
  const items = topLevel(tree.root, draft.text, conditionals);
  const literals = (choices: readonly Region[]): ConfigLiteral[] =>
    choices.flatMap((region) => literalsOf(region.arms[region.chosen]?.condition));
  const { omitted } = tree;
  let next = 0;
  const addOmitted = (before: number): void => {
    for (let fn = omitted[next]; fn && fn.start < before; fn = omitted[++next]) {
      const { start, end } = fn;
      const choices = choicesIn(tree, start, end);
      if (onlyChosen && choices.length === 0) continue;
      const when = conditionals.findLast((range) => range.start <= start && start < range.end)?.when ?? [];
      addDefinition(draft, omittedUnit(parsed, fn, [...when, ...literals(choices)]));
    }
  };
  for (const { node, when } of items) {
    // findings name the first of several definitions, so keep text order
    addOmitted(node.startIndex);
    const choices = choicesIn(tree, node.startIndex, node.endIndex);
    if (onlyChosen && choices.length === 0) continue;
    switch (node.type) {
      case 'function_definition': {
        const whole = functionUnit(parsed, node, [...when, ...literals(choices)]);
        const apart = whole?.broken && containsLaterFunctions(whole) ? recoverFunctions(parsed, node) : [];
        const found = apart.some(({ place }) => place.name === whole?.place.name) ? apart : [whole];
        for (const unit of found) addDefinition(draft, unit);
        break;
      }
      case 'ERROR':
        for (const found of recoverFunctions(parsed, node)) addDefinition(draft, found);
        break;
      default:
        if (!onlyChosen) addDeclaration(draft, node);
    }
  }
  addOmitted(Infinity);
}

/** True for a function with a missing brace, whose range contains later functions: a brace in the first column inside it. */
function containsLaterFunctions(unit: FunctionUnit): boolean {
  return /^\}[^]*\S/m.test(unit.text);
}

function addDefinition(draft: Draft, unit: FunctionUnit | null): void {
  if (!unit) return;
  const others = draft.definitions.get(unit.place.name);
  if (!others) draft.definitions.set(unit.place.name, [unit]);
  else if (!others.some((other) => other.text === unit.text && isSameDefinition(other, unit))) others.push(unit);
}

/** True for definitions under the same configuration, and for an omitted function that was found again in broken code. */
function isSameDefinition(a: FunctionUnit, b: FunctionUnit): boolean {
  const again = a.place.origin === b.place.origin && (a.masked === null || b.masked === null);
  return again || sameConfiguration(a.when, b.when);
}

function finishUnit(draft: Draft, directives: Directives): SourceUnit {
  const { path, text, broken, symbols, structs, globals, tables, mutableMembers, typedefs, deviceIds } = draft;
  const functions = new Map<string, FunctionUnit>();
  const alternatives = new Map<string, readonly FunctionUnit[]>();
  for (const [name, definitions] of draft.definitions) {
    const [first] = definitions;
    if (!first) continue;
    functions.set(name, first);
    // conditions around a single definition, such as an include guard, do not select among definitions
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
    mutableMembers,
    typedefs,
    addressTaken,
    deviceIds,
  };
}
