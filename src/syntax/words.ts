/**
 * The macro word list, compiled for the lexer. The list is data (`grammars/macros.json`); this file defines its format
 * and the keywords of C.
 */
import macros from '../../grammars/macros.json';

/** The format of `grammars/macros.json`. */
export interface MacroWords {
  /** Macros that expand to attributes or to nothing, with their argument list if there is one. */
  attributes: string[];
  /** Macros that are attributes only if an argument list follows. */
  attributesWithArguments: string[];
  /** Macros whose argument is a cleanup function: `__free(x)`. */
  cleanups: string[];
  /** Iteration macros by exact name. */
  loops: string[];
  /** A macro whose name contains one of these is an iteration macro, if used as one. */
  loopParts: string[];
  /** Macros that run the statement after them once, under a guard; `fail` is the index of a statement argument. */
  guards: Record<string, { fail?: number }>;
  /** Member macros in a struct: the index of the argument that is the type, the name, or the first member. */
  members: Record<string, { type?: number; name?: number; body?: number }>;
  /** Macros that head a function definition, `NAME(name, type, arg, type, arg …) {`; a trailing number is ignored. */
  functions: string[];
  /** Symbols with the same value in every kernel build. */
  defines: Record<string, boolean>;
}

/** Word classes, as stored in `Tokens.word`. 0 is an ordinary identifier. */
export const Word = {
  None: 0,
  Attribute: 1,
  AttributeCall: 2,
  Cleanup: 3,
  Loop: 4,
  Guard: 5,
  Member: 6,
  Function: 7,
  Do: 9,
  /** `if`, `for`, `while`, `switch`: a parenthesis follows. */
  Header: 10,
  Else: 11,
  Case: 12,
  Default: 13,
  Goto: 14,
  /** `return`, `break`, `continue`. */
  Jump: 15,
  /** `struct`, `union`. */
  Struct: 16,
  Enum: 17,
  /** `const`, `volatile`, `restrict`. */
  Qualifier: 18,
  /** `unsigned`, `int` and the other words that a type name may combine. */
  Primitive: 19,
  /** `static`, `extern`, `inline`, `register`, `auto`. */
  Storage: 20,
  Typedef: 21,
  /** `sizeof`, `alignof`: the parentheses may enclose a type. */
  TypeOperator: 22,
  Asm: 23,
  Typeof: 24,
  Offsetof: 25,
} as const;

const KEYWORDS: [number, string][] = [
  [Word.Header, 'if for while switch'],
  [Word.Else, 'else'],
  [Word.Do, 'do'],
  [Word.Case, 'case'],
  [Word.Default, 'default'],
  [Word.Goto, 'goto'],
  [Word.Jump, 'return break continue'],
  [Word.Struct, 'struct union'],
  [Word.Enum, 'enum'],
  [Word.Qualifier, 'const volatile restrict __restrict __restrict__'],
  [Word.Primitive, 'unsigned signed long short int char void float double bool _Bool'],
  [Word.Storage, 'static extern inline register auto __inline __inline__'],
  [Word.Typedef, 'typedef'],
  [Word.TypeOperator, 'sizeof _Alignof alignof __alignof__'],
  [Word.Typeof, 'typeof __typeof__ __typeof typeof_unqual __typeof_unqual__'],
  [Word.Offsetof, 'offsetof'],
  [Word.Asm, 'asm __asm__ __asm asm_inline asm_volatile_goto asm_goto_output'],
];

/** A table of identifiers, keyed by the hash that the lexer computes. */
export interface WordTable {
  /** Word class of the identifier `text[start, end)` whose hash is `hash`; `Word.None` if it is not in the list. */
  find(hash: number, text: string, start: number, end: number): number;
  loopParts: string[];
  guards: MacroWords['guards'];
  members: MacroWords['members'];
  defines: ReadonlyMap<string, boolean>;
}

/** Hash of a word, as the lexer computes it. */
function hashWord(word: string): number {
  let hash = 0;
  for (let i = 0; i < word.length; i++) hash = (Math.imul(hash, 31) + word.charCodeAt(i)) | 0;
  return hash;
}

function classify(words: MacroWords): Map<string, number> {
  const classes = new Map<string, number>();
  const add = (names: string[], value: number): void => names.forEach((name) => classes.set(name, value));
  for (const [value, names] of KEYWORDS) add(names.split(' '), value);
  add(words.attributes, Word.Attribute);
  add(words.attributesWithArguments, Word.AttributeCall);
  add(words.cleanups, Word.Cleanup);
  add(words.loops, Word.Loop);
  add(Object.keys(words.guards), Word.Guard);
  add(Object.keys(words.members), Word.Member);
  add(words.functions, Word.Function);
  for (const name of words.functions) for (let n = 0; n <= 6; n++) classes.set(name + n, Word.Function);
  return classes;
}

/** Compiles a word list into an open-addressing hash table, which looks up an identifier without allocation. */
function compileWords(words: MacroWords): WordTable {
  const classes = classify(words);
  let size = 64;
  while (size < classes.size * 4) size *= 2;
  const mask = size - 1;
  const names: (string | undefined)[] = new Array<string | undefined>(size);
  const values = new Uint8Array(size);
  for (const [name, value] of classes) {
    let slot = hashWord(name) & mask;
    while (names[slot] !== undefined) slot = (slot + 1) & mask;
    names[slot] = name;
    values[slot] = value;
  }
  return {
    find(hash, text, start, end) {
      for (let slot = hash & mask; names[slot] !== undefined; slot = (slot + 1) & mask) {
        const name = names[slot]!;
        if (name.length === end - start && text.startsWith(name, start)) return values[slot]!;
      }
      return Word.None;
    },
    loopParts: words.loopParts,
    guards: words.guards,
    members: words.members,
    defines: new Map(Object.entries(words.defines)),
  };
}

/** The project's word list. */
export const kernelWords: WordTable = compileWords(macros);
