import type { Symbols } from '../../kernel/config';
import type { CType, FunctionIr } from '../ir/ir';
import type { FunctionPlace } from '../ir/places';

/** A literal over a configuration symbol (or a condition over several). */
export interface ConfigLiteral {
  readonly atom: string;
  readonly holds: boolean;
}

/** One function of a source file. Its IR is created on first use, and is kept across edits elsewhere in the file. */
export interface FunctionUnit {
  readonly place: FunctionPlace;
  readonly text: string;
  /** The masked text; null if the body was skipped, and is parsed on demand. */
  readonly masked: string | null;
  readonly isStatic: boolean;
  /** Every identifier in the function: a prefilter for its calls and names. */
  readonly words: ReadonlySet<string>;
  /** True if the syntax tree of the function has an error; an error in a skipped body is a gap of its IR. */
  readonly broken: boolean;
  /** The enclosing `#if` conditions. */
  readonly when: readonly ConfigLiteral[];
  ir(): FunctionIr;
}

/** A function unit as a callee, with its IR. */
export function calleeOf(fn: FunctionUnit): Callee {
  return { place: fn.place, ir: fn.ir(), text: fn.text, words: fn.words, when: fn.when };
}

/** A parsed source file: its functions, structures, macros and includes. */
export interface SourceUnit {
  readonly path: string;
  readonly text: string;
  /** The configuration symbols with which it was parsed. */
  readonly symbols: Symbols;
  /** True if the file has syntax errors: the masking of a function may then depend on the text above it. */
  readonly broken: boolean;
  readonly functions: ReadonlyMap<string, FunctionUnit>;
  /** All definitions of a name, if `#if` selects among several. */
  readonly alternatives: ReadonlyMap<string, readonly FunctionUnit[]>;
  readonly includes: readonly Include[];
  /** Members of the file's structures, by `struct tag`. */
  readonly structs: ReadonlyMap<string, ReadonlyMap<string, CType>>;
  /** Function-like macros by name. */
  readonly macros: ReadonlyMap<string, FunctionUnit>;
  /** Macros with code that are not expanded: object-like, variadic or long ones. */
  readonly unexpandedMacros: readonly FunctionUnit[];
  /** Functions whose address may be taken: they are used other than in calls. */
  readonly addressTaken: ReadonlySet<string>;
  /** Object-like macros that are plain numbers. */
  readonly constants: ReadonlyMap<string, number>;
  /** Types of the file's variables. */
  readonly globals: ReadonlyMap<string, CType>;
  /** The types of `typedef` names. */
  readonly typedefs: ReadonlyMap<string, CType>;
  /** Functions in tables that the file does not modify, by `table.member`. */
  readonly tables: ReadonlyMap<string, string>;
  /** Members of non-constant tables: a store to one changes `tables`. */
  readonly mutableMembers: ReadonlySet<string>;
  /** The GUID macros in the file's VMBus id tables. */
  readonly deviceIds: readonly string[];
}

export interface Include {
  readonly name: string;
  readonly system: boolean;
}

/** A function with its IR. */
export interface Callee {
  readonly place: FunctionPlace;
  readonly ir: FunctionIr;
  /** The original text of the function; ranges in the IR are ranges of it. */
  readonly text: string;
  /** Every identifier in the function. */
  readonly words: ReadonlySet<string>;
  /** The configuration under which this definition is compiled. */
  readonly when: readonly ConfigLiteral[];
}
