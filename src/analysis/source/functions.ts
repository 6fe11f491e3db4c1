import { seedWords } from '../../kernel/api';
import type { Symbols } from '../../kernel/config';
import type { CParser, Node, SyntaxTree } from '../../syntax/parser';
import { parseC, parsePiece } from '../../syntax/parser';
import type { FunctionPlace } from '../events';
import type { FunctionIr } from '../ir';
import type { Source } from '../lower/builder';
import { emptyFunction, functionName, lowerFunction } from '../lower/file';
import { topLevel } from './top-level';
import type { ConfigLiteral, FunctionUnit, SourceUnit } from './types';

/** One function definition as a unit, carried over from `previous` when its text is the same; null in broken code. */
export function functionUnit(
  parser: CParser,
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
  // an error above can make the same text read differently
  const masked = node.text;
  const origin = node.startIndex + shift;
  const known = previous?.alternatives
    .get(name)
    ?.find((unit) => unit.text === own && unit.masked === masked && sameWhen(unit.when, when));
  const place: FunctionPlace = { file: path, name, origin };
  if (known) return { ...known, place };
  const head = source.text.slice(node.startIndex, node.childForFieldName('body')?.startIndex ?? node.endIndex);
  const words = new Set(own.match(/[A-Za-z_]\w*/g));
  const broken = node.hasError;
  let ir = broken || [...words].some((word) => seedWords.has(word)) ? lowerFunction(node, source) : null;
  const start = node.startIndex;
  const piece: Source = { text: own, macroAt: (offset) => source.macroAt(offset + start) };
  return {
    place,
    text: own,
    masked,
    isStatic: /\bstatic\b/.test(head),
    words,
    broken,
    when,
    ir: () => (ir ??= lowerPiece(parser, name, masked, piece)),
  };
}

/** Lowers a function by itself: most of a file's functions are never asked for, and wait until they are. */
function lowerPiece(parser: CParser, name: string, masked: string, source: Source): FunctionIr {
  const tree = parsePiece(parser, masked);
  try {
    const definition = tree?.rootNode.namedChildren.find((node) => node?.type === 'function_definition');
    if (definition) return lowerFunction(definition, source);
    const at = { start: 0, end: masked.length };
    return { ...emptyFunction, name, gaps: [{ why: 'cannot be read apart from its file', at }] };
  } finally {
    tree?.delete();
  }
}

/** True when two definitions are built under the same configuration. */
export function sameWhen(a: readonly ConfigLiteral[], b: readonly ConfigLiteral[]): boolean {
  return a.length === b.length && a.every((literal, i) => literal.atom === b[i]?.atom && literal.holds === b[i]?.holds);
}

/**
 * Functions in a stretch that did not parse: it is cut where a line starts with a closing brace, as every function of
 * kernel C ends, and each piece is parsed by itself.
 */
export function recover(
  parser: CParser,
  path: string,
  text: string,
  node: Node,
  symbols: Symbols,
  /** Offset in the file of the text. */
  shift: number,
  previous?: SourceUnit,
): FunctionUnit[] {
  const found: FunctionUnit[] = [];
  let start = node.startIndex;
  // the broken stretch may have swallowed only the head of its last function
  const end = text.indexOf('\n}', node.endIndex - 1);
  const stretch = text.slice(start, end < 0 ? node.endIndex : Math.max(node.endIndex, end + 2));
  for (const piece of stretch.split(/(?<=^\})/m)) {
    const tree = piece.length < stretch.length ? parseC(parser, piece, { defines: symbols }) : undefined;
    if (tree) {
      const source = sourceOf(tree);
      for (const item of topLevel(tree.root, piece)) {
        if (item.node.type !== 'function_definition') continue;
        const unit = functionUnit(parser, path, item.node, source, item.when, start + shift, previous);
        if (unit) found.push(unit);
      }
      tree.dispose();
    }
    start += piece.length;
  }
  return found;
}

/** The true names of statement macros that masking rewrote, and the places of case ranges, by offset. */
export function sourceOf(tree: SyntaxTree): Source {
  const names = new Map<number, string>();
  for (const macro of tree.statements) names.set(macro.start, macro.name);
  for (const range of tree.caseRanges) names.set(caseValueStart(tree.text, range.start), '...');
  return { text: tree.text, macroAt: (offset) => names.get(offset) };
}

function caseValueStart(text: string, rangeStart: number): number {
  const at = text.lastIndexOf('case', rangeStart);
  return at + 4 + (/^\s*/.exec(text.slice(at + 4, rangeStart))?.[0].length ?? 0);
}
