import type { Symbols } from '../../kernel/config';
import type { CType, FunctionIr } from '../ir/ir';
import type { FunctionPlace } from '../ir/places';

/** A configuration symbol (or a condition over several) that has to hold or not. */
export interface ConfigLiteral {
  readonly atom: string;
  readonly holds: boolean;
}

/** One function of a source file. Its lowered form is made on first use and survives edits elsewhere in the file. */
export interface FunctionUnit {
  readonly place: FunctionPlace;
  readonly text: string;
  /** The text as it was parsed; null where the body was skipped, to be read when somebody asks. */
  readonly masked: string | null;
  readonly isStatic: boolean;
  /** Every identifier in it: the prefilter for «does it call …», «does it name …». */
  readonly words: ReadonlySet<string>;
  /** True when the syntax tree has an error inside the function; that of a skipped body is among the gaps of its lowered form. */
  readonly broken: boolean;
  /** The `#if` that it stands under. */
  readonly when: readonly ConfigLiteral[];
  ir(): FunctionIr;
}

/** The function in the form that interpretation takes. */
export function calleeOf(fn: FunctionUnit): Callee {
  return { place: fn.place, ir: fn.ir(), text: fn.text, words: fn.words, when: fn.when };
}

/** A parsed source file: its functions, structures, macros and includes. */
export interface SourceUnit {
  readonly path: string;
  readonly text: string;
  /** The configuration symbols that it was read with. */
  readonly symbols: Symbols;
  /** True when the file has parse errors: then what one function means may depend on what stands above it. */
  readonly broken: boolean;
  readonly functions: ReadonlyMap<string, FunctionUnit>;
  /** All definitions of a name, where `#if` chooses between several. */
  readonly alternatives: ReadonlyMap<string, readonly FunctionUnit[]>;
  readonly includes: readonly Include[];
  /** Members of structures defined here, by `struct tag`. */
  readonly structs: ReadonlyMap<string, ReadonlyMap<string, CType>>;
  /** Function-like macros by name. */
  readonly macros: ReadonlyMap<string, FunctionUnit>;
  /** Macros with code in them that uses are not followed into: object-like, variadic, long ones. */
  readonly bodies: readonly FunctionUnit[];
  /** Identifiers that are used other than by being called: their address may be taken. */
  readonly addressTaken: ReadonlySet<string>;
  /** Object-like macros that are plain numbers. */
  readonly constants: ReadonlyMap<string, number>;
  /** Types of the file's variables. */
  readonly globals: ReadonlyMap<string, CType>;
  /** What `typedef` names stand for. */
  readonly typedefs: ReadonlyMap<string, CType>;
  /** Functions in tables that nobody changes, by `table.member`. */
  readonly tables: ReadonlyMap<string, string>;
  /** Members of tables that are not constant: who stores to one changes what the tables hold. */
  readonly openMembers: ReadonlySet<string>;
  /** GUID macros of the VMBus devices that the file's id tables name. */
  readonly deviceIds: readonly string[];
}

export interface Include {
  readonly name: string;
  readonly system: boolean;
}

/** A function with its lowered form. */
export interface Callee {
  readonly place: FunctionPlace;
  readonly ir: FunctionIr;
  /** The function as its author wrote it; ranges of the lowered form are ranges of it. */
  readonly text: string;
  /** Every identifier in it. */
  readonly words: ReadonlySet<string>;
  /** The configuration under which this definition is built. */
  readonly when: readonly ConfigLiteral[];
}
