/**
 * The IR of a C function: a control-flow graph over expressions without side effects. Offsets are relative to the function's
 * first character, so that the IR stays valid when an edit above moves the function.
 */

/** A half-open range of UTF-16 offsets, relative to the start of the function. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A simplified C type: the base type, and the number of pointer levels. */
export interface CType {
  /** `struct hv_device`, `u64`, `bool` …; `?` if unknown. */
  readonly name: string;
  readonly pointers: number;
}

/** An expression without side effects: lowering hoists calls and assignments into preceding operations. */
export type Expr =
  | { readonly k: 'int'; readonly value: number }
  | { readonly k: 'string' }
  | { readonly k: 'load'; readonly from: LValue }
  | { readonly k: 'address'; readonly of: LValue }
  | { readonly k: 'temp'; readonly id: number }
  | { readonly k: 'unary'; readonly op: '!' | '-' | '~'; readonly a: Expr }
  | { readonly k: 'binary'; readonly op: string; readonly a: Expr; readonly b: Expr }
  /** `container_of()`; `at` is the range of the macro call. */
  | { readonly k: 'container'; readonly of: Expr; readonly type: CType; readonly member: string; readonly at: Span }
  | { readonly k: 'cast'; readonly a: Expr; readonly type: CType }
  /** `DMA_BIT_MASK(bits)`. */
  | { readonly k: 'mask'; readonly bits: Expr }
  | { readonly k: 'opaque'; readonly text: string };

/** An lvalue as an access path. */
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
      /** The callee's name, or for an indirect call the called expression. */
      readonly callee: string | Expr;
      readonly args: readonly Expr[];
      /** The temporary that receives the result. */
      readonly temp: number;
      /** True if the C code discards the result. */
      readonly discarded: boolean;
      readonly at: Span;
      /** Ranges of the arguments, for edits and underlining. */
      readonly argSpans: readonly Span[];
    }
  /** An expression statement whose value is unused. */
  | { readonly k: 'discard'; readonly value: Expr; readonly at: Span }
  /** Sets this place to an unknown value. */
  | { readonly k: 'havoc'; readonly to: LValue; readonly at: Span };

export type Terminator =
  | { readonly k: 'jump'; readonly to: number }
  /** `whole` is the range of the full condition that contains this test. */
  | {
      readonly k: 'branch';
      readonly condition: Expr;
      readonly yes: number;
      readonly no: number;
      readonly at: Span;
      readonly whole: Span;
    }
  /** A nondeterministic branch: iteration macros, undecided configuration. */
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
  /** Locals and parameters by their unique name (a shadowing name has a suffix `#n`). */
  readonly variables: ReadonlyMap<string, CType>;
  /** Locals that are arrays, and those that are `static`. */
  readonly storage: ReadonlyMap<string, 'array' | 'static'>;
  readonly returns: CType;
  readonly blocks: readonly Block[];
  /** Blocks in reverse post-order from the entry, block 0. */
  readonly order: readonly number[];
  /** Constructs that could not be lowered; empty for nearly all functions. */
  readonly gaps: readonly { readonly why: string; readonly at: Span }[];
}

export const unknownType: CType = { name: '?', pointers: 0 };

/** Counts interpreted operations: a measure of work that is the same on every machine. */
export interface Meter {
  operations: number;
}
