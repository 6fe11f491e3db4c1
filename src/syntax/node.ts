/**
 * The part of tree-sitter's node API that the analysis uses. The nodes of both parsers implement it directly: wrapping each
 * of them would cost more time than the native parser saves.
 */

/** A node. Offsets count UTF-16 units. */
export interface Node {
  /** Identifies a node within its tree; two objects for the same node have the same id. */
  readonly id: number;
  readonly type: string;
  readonly text: string;
  readonly startIndex: number;
  readonly endIndex: number;
  /** The node contains a syntax error. */
  readonly hasError: boolean;
  readonly namedChildren: readonly Node[];
  readonly nextNamedSibling: Node | null;
  child(index: number): Node | null;
  childForFieldName(name: string): Node | null;
  /** The nodes of these types in this node, including itself, in text order. */
  descendantsOfType(types: string[]): readonly Node[];
}

/** A tree as returned by a parser. */
export interface Tree {
  readonly rootNode: Node;
  /** Frees the tree, unless the garbage collector does. Nodes must not be used afterward. */
  delete(): void;
}
