/** What a text's own `#define` and `#undef` lines say about the `#if` lines behind them. */
import type { Defines } from './condition';

/** What is known of a macro. What is undefined hangs on the arm that the line stands in, or on who reads its value. */
interface OwnMacro {
  readonly defined: boolean | undefined;
  /** Whether its value is another number than 0. */
  readonly value: boolean | undefined;
}

/** The macros that a text has defined or undefined up to a line, by name. */
export type OwnMacros = Map<string, OwnMacro>;

/** Nothing is defined yet. */
export function makeOwnMacros(): OwnMacros {
  return new Map();
}

/**
 * Notes a `#define` or `#undef`. `read` says whether it stands where it is always read (true), never (false), or perhaps.
 * `isDefault` is for the line behind an `#ifndef` of the same name: the name is defined from there on, by whomever.
 */
export function collectMacro(own: OwnMacros, line: string, read: boolean | undefined, isDefault: boolean): void {
  const [, directive, name, body] = /^#[ \t]*(define|undef)[ \t]+(\w+)([^]*)/.exec(line) ?? [];
  if (name === undefined || body === undefined || read === false) return;
  if (read === undefined) {
    own.set(name, { defined: undefined, value: undefined });
    return;
  }
  const defined = directive === 'define';
  const certain = !isDefault || own.get(name)?.defined === false;
  own.set(name, { defined, value: !defined ? false : certain ? valueOf(body) : undefined });
}

/** What a macro's body is as a condition; undefined for one with parameters and for what is no number. */
function valueOf(body: string): boolean | undefined {
  const text = body.replace(/\/\*[^]*?\*\/|\/\/.*|\\\r?\n/g, ' ');
  const [, digits] = /^\s+\(?\s*(0[xX][\da-fA-F]+|\d+)[uUlL]*\s*\)?\s*$/.exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits) !== 0;
}

/**
 * The symbols for one conditional, where the text's own word comes first. `expression` is that of an `#if`, which asks for
 * the value of a name unless it says `defined`; null for `#ifdef` and its like.
 */
export function withOwnMacros(own: OwnMacros, defines: Defines, expression: string | null): Defines {
  if (own.size === 0) return defines;
  return {
    get(name) {
      const macro = own.get(name);
      return (macro && said(macro, name, expression)) ?? defines.get(name);
    },
  };
}

function said({ defined, value }: OwnMacro, name: string, expression: string | null): boolean | undefined {
  if (expression === null || defined === value) return defined;
  const rest = expression.replace(new RegExp(`\\bdefined\\s*(?:\\(\\s*${name}\\s*\\)|${name}\\b)`, 'g'), '');
  if (!new RegExp(`\\b${name}\\b`).test(rest)) return defined;
  // asked in both ways, of which the two answers differ
  return rest === expression ? value : undefined;
}
