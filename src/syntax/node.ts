/**
 * What the analysis asks of a syntax tree. Both parsers' nodes are of this form as they come: wrapping each would cost more
 * than either parser saves.
 */

/** A node. Offsets count UTF-16 units. */
export interface Node {
  /** The same for two objects that stand for one node of a tree; the objects themselves may differ. */
  readonly id: number;
  readonly type: string;
  readonly text: string;
  readonly startIndex: number;
  readonly endIndex: number;
  /** The parser had to guess in it. */
  readonly hasError: boolean;
  readonly namedChildren: readonly Node[];
  readonly nextNamedSibling: Node | null;
  child(index: number): Node | null;
  childForFieldName(name: string): Node | null;
  /** The nodes of these types in it, itself included, in text order. */
  descendantsOfType(types: string[]): readonly Node[];
}

/** A tree as a parser gives it. */
export interface Tree {
  readonly rootNode: Node;
  /** Frees the tree, where that is not the garbage collector's work. Nodes must not be used afterwards. */
  delete(): void;
}
