/** A text's own `#define` and `#undef` lines, and their effect on later `#if` lines. */
import type { Defines } from './condition';

/** The state of a macro. A member is undefined if it depends on the profile, or if the body is not a number. */
interface OwnMacro {
  readonly defined: boolean | undefined;
  /** Whether its value is a number other than 0. */
  readonly value: boolean | undefined;
}

/** The macros that a text has defined or undefined up to a line, by name. */
export type OwnMacros = Map<string, OwnMacro>;

/** An empty set of macros. */
export function makeOwnMacros(): OwnMacros {
  return new Map();
}

/**
 * Records a `#define` or `#undef`. `read` says whether the line is compiled: always (true), never (false), or depending on
 * open symbols (undefined). `isDefault` marks a line after an `#ifndef` of the same name: the name is defined from there on,
 * but its value may have been set elsewhere.
 */
export function recordMacro(own: OwnMacros, line: string, read: boolean | undefined, isDefault: boolean): void {
  const [, directive, name, body] = /^#[ \t]*(define|undef)[ \t]+(\w+)([^]*)/.exec(line) ?? [];
  if (name === undefined || body === undefined || read === false) return;
  if (read === undefined) {
    own.set(name, { defined: undefined, value: undefined });
    return;
  }
  const defined = directive === 'define';
  const certain = !isDefault || own.get(name)?.defined === false;
  own.set(name, { defined, value: !defined ? false : certain ? truthOfBody(body) : undefined });
}

/** The truth value of a macro's body; undefined if the macro has parameters or its body is not a number. */
function truthOfBody(body: string): boolean | undefined {
  const text = body.replace(/\/\*[^]*?\*\/|\/\/.*|\\\r?\n/g, ' ');
  const [, digits] = /^\s+\(?\s*(0[xX][\da-fA-F]+|\d+)[uUlL]*\s*\)?\s*$/.exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits) !== 0;
}

/**
 * The symbols for one conditional; the text's own macros take precedence over the profile. `expression` is that of an `#if`,
 * which uses the value of a name unless it says `defined`; null for `#ifdef` and `#ifndef`.
 */
export function withOwnMacros(own: OwnMacros, defines: Defines, expression: string | null): Defines {
  if (own.size === 0) return defines;
  return {
    get(name) {
      const macro = own.get(name);
      return (macro && knownValue(macro, name, expression)) ?? defines.get(name);
    },
  };
}

function knownValue({ defined, value }: OwnMacro, name: string, expression: string | null): boolean | undefined {
  if (expression === null || defined === value) return defined;
  const rest = expression.replace(new RegExp(`\\bdefined\\s*(?:\\(\\s*${name}\\s*\\)|${name}\\b)`, 'g'), '');
  if (!new RegExp(`\\b${name}\\b`).test(rest)) return defined;
  // the expression uses both the value and `defined`, which differ
  return rest === expression ? value : undefined;
}
