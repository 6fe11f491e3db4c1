/** Candidate sites: the uses of requested names in a tree, and the tree's functions. */
import { type Node, Query, type Tree } from 'web-tree-sitter';
import type { SyntaxTree, WasmParser } from './parser';

/** How a name is used; the captures of `candidates.scm`. */
export type CandidateKind = 'call' | 'indirect' | 'write' | 'test' | 'argument' | 'initializer';

/** One use of a requested name. Offsets are those of the name. */
export interface Candidate {
  kind: CandidateKind;
  name: string;
  start: number;
  end: number;
}

/** A function definition in the tree. */
export interface FunctionSite {
  node: Node;
  /** The declared name; undefined in broken code. */
  name: string | undefined;
  start: number;
  end: number;
  bodyStart: number;
  /** The tree contains a syntax error and must not be trusted. */
  broken: boolean;
}

/** The results of one pass of the query, in text order. */
export interface Candidates {
  sites: Candidate[];
  functions: FunctionSite[];
}

/** A compiled query, valid for the grammar that it was compiled for. */
export interface CandidateQuery {
  /** Finds all functions, and all uses of the names in `wanted` (of all names, if it is omitted). */
  find(tree: SyntaxTree<Tree>, wanted?: ReadonlySet<string>): Candidates;
  /** Frees the query. */
  dispose(): void;
}

/**
 * Compiles the query.
 * @param source the text of `grammars/queries/candidates.scm`, or another one with the same captures
 * @throws when the source is not a valid query for this grammar; the message says where
 */
export function compileCandidates(parser: WasmParser, source: string): CandidateQuery {
  const query = new Query(parser.language, source);
  return {
    find: (tree, wanted) => find(query, tree, wanted),
    dispose: () => query.delete(),
  };
}

function find(query: Query, tree: SyntaxTree<Tree>, wanted: ReadonlySet<string> | undefined): Candidates {
  const sites: Candidate[] = [];
  const functions: FunctionSite[] = [];
  for (const { name: capture, node } of query.captures(tree.root)) {
    if (capture === 'function') {
      functions.push(functionSite(node));
    } else if (capture !== 'body') {
      const { startIndex: start, endIndex: end } = node;
      const name = tree.masked.slice(start, end);
      if (wanted === undefined || wanted.has(name)) sites.push({ kind: capture as CandidateKind, name, start, end });
    }
  }
  return { sites, functions };
}

function functionSite(node: Node): FunctionSite {
  const body = node.childForFieldName('body');
  return {
    node,
    name: declaredName(node),
    start: node.startIndex,
    end: node.endIndex,
    bodyStart: body?.startIndex ?? node.endIndex,
    broken: node.hasError,
  };
}

/** The name in the innermost declarator. */
function declaredName(definition: Node): string | undefined {
  let at = definition.childForFieldName('declarator');
  for (let depth = 0; at !== null && depth < 16; depth++) {
    if (at.type === 'identifier') return at.text;
    at = at.childForFieldName('declarator') ?? at.namedChild(0);
  }
  return undefined;
}
