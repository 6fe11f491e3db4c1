/**
 * The intermediate form that a C function is lowered to, once: a control-flow graph over expressions without side effects.
 * Offsets are relative to the function's first character, so that text moved by an edit above keeps its lowered form.
 */

/** Half-open range of UTF-16 offsets, relative to the start of the function. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A C type as far as the analysis needs it: the named base, and how many pointers lead to it. */
export interface CType {
  /** `struct hv_device`, `u64`, `bool` …; `?` when not understood. */
  readonly name: string;
  readonly pointers: number;
}

/** An expression without side effects: calls and assignments inside it were hoisted into operations before it. */
export type Expr =
  | { readonly k: 'int'; readonly value: number }
  | { readonly k: 'string' }
  | { readonly k: 'load'; readonly from: LValue }
  | { readonly k: 'address'; readonly of: LValue }
  | { readonly k: 'temp'; readonly id: number }
  | { readonly k: 'unary'; readonly op: '!' | '-' | '~'; readonly a: Expr }
  | { readonly k: 'binary'; readonly op: string; readonly a: Expr; readonly b: Expr }
  /** `at` is where the macro stands. */
  | { readonly k: 'container'; readonly of: Expr; readonly type: CType; readonly member: string; readonly at: Span }
  | { readonly k: 'cast'; readonly a: Expr; readonly type: CType }
  /** `DMA_BIT_MASK(bits)`. */
  | { readonly k: 'mask'; readonly bits: Expr }
  | { readonly k: 'opaque'; readonly text: string };

/** An access path: where a value lives. */
export type LValue =
  | { readonly k: 'name'; readonly name: string }
  | { readonly k: 'deref'; readonly pointer: Expr }
  | { readonly k: 'field'; readonly base: LValue; readonly name: string }
  | { readonly k: 'element'; readonly base: LValue; readonly index: Expr };

export type Op =
  | { readonly k: 'assign'; readonly to: LValue; readonly value: Expr; readonly at: Span }
  | { readonly k: 'set'; readonly temp: number; readonly value: Expr; readonly at: Span }
  | {
      readonly k: 'call';
      /** The callee's name, or the called expression when it goes through a pointer. */
      readonly callee: string | Expr;
      readonly args: readonly Expr[];
      /** Receives the result. */
      readonly temp: number;
      /** True when the C code throws the result away. */
      readonly discarded: boolean;
      readonly at: Span;
      /** Ranges of the arguments, for edits and underlining. */
      readonly argSpans: readonly Span[];
    }
  /** An expression whose value nobody uses. */
  | { readonly k: 'discard'; readonly value: Expr; readonly at: Span }
  /** Something the lowering does not follow writes this place. */
  | { readonly k: 'havoc'; readonly to: LValue; readonly at: Span };

export type Terminator =
  | { readonly k: 'jump'; readonly to: number }
  /** `whole` is the range of the full condition that this test is a part of. */
  | {
      readonly k: 'branch';
      readonly condition: Expr;
      readonly yes: number;
      readonly no: number;
      readonly at: Span;
      readonly whole: Span;
    }
  /** Either way is possible, and nothing is known about which: loop macros, undecided configuration. */
  | { readonly k: 'choice'; readonly yes: number; readonly no: number; readonly atom: string | null; readonly at: Span }
  | { readonly k: 'return'; readonly value: Expr | null; readonly at: Span }
  | { readonly k: 'stop' };

export interface Block {
  readonly ops: Op[];
  end: Terminator;
}

export interface Variable {
  readonly name: string;
  readonly type: CType;
}

export interface FunctionIr {
  readonly name: string;
  readonly parameters: readonly Variable[];
  /** Locals and parameters by their unique name (shadowing names carry `#n`). */
  readonly variables: ReadonlyMap<string, CType>;
  /** Locals that are arrays, and those that are `static`. */
  readonly storage: ReadonlyMap<string, 'array' | 'static'>;
  readonly returns: CType;
  readonly blocks: readonly Block[];
  /** Blocks in reverse post-order from the entry, block 0. */
  readonly order: readonly number[];
  /** Constructs that were not understood; empty for nearly all functions. */
  readonly gaps: readonly { readonly why: string; readonly at: Span }[];
}

export const unknownType: CType = { name: '?', pointers: 0 };

/** A count of the operations that were interpreted: how much work an input makes, the same on every machine. */
export interface Meter {
  operations: number;
}
