import { physicalAddresses } from '../../kernel/resources';
import type { CType } from '../ir/ir';

/**
 * A symbolic value. Values are immutable and compared by `key`. `init` is the value of a place on entry to the function, which
 * a caller substitutes to instantiate a summary.
 */
export type Value = { readonly key: string } & (
  | { readonly k: 'int'; readonly n: number }
  | { readonly k: 'init'; readonly at: Loc }
  | { readonly k: 'address'; readonly of: Loc }
  /** Result of a call without a summary; pure predicates have no site, so that two calls have the same value. */
  | { readonly k: 'call'; readonly name: string; readonly args: readonly Value[]; readonly site: string | null }
  /** Pointer to the structure whose `member` is at `of`. */
  | { readonly k: 'container'; readonly of: Value; readonly member: string; readonly type: CType }
  | { readonly k: 'op'; readonly op: string; readonly args: readonly Value[] }
  | { readonly k: 'mask'; readonly bits: Value }
  /** A constant known by name only: an enumerator, a macro, a function, the default pool. */
  | { readonly k: 'constant'; readonly name: string }
  /** One of a few integers, from a join of paths that set different ones; equal only to itself. */
  | { readonly k: 'choice'; readonly id: string; readonly among: readonly number[] }
  /** An unknown value, equal only to itself. */
  | { readonly k: 'unknown'; readonly id: string }
);

/** A place in memory, in canonical form: `&*p` and `container_of(&x->m, T, m)` have been resolved. */
export type Loc = { readonly key: string } & (
  | { readonly k: 'local'; readonly name: string }
  | { readonly k: 'global'; readonly name: string }
  | { readonly k: 'deref'; readonly pointer: Value }
  | { readonly k: 'field'; readonly base: Loc; readonly name: string }
  | { readonly k: 'element'; readonly base: Loc; readonly index: Value }
);

export const zero: Value = int(0);
export const one: Value = int(1);

/** An integer; NULL and false are 0. */
export function int(n: number): Value {
  return { k: 'int', n, key: String(n) };
}

/** A constant known by name only. */
export function constant(name: string): Value {
  return { k: 'constant', name, key: `'${name}` };
}

/** An unknown value, identified by its origin. */
export function unknown(id: string): Value {
  return { k: 'unknown', id, key: `?${id}` };
}

/** The value of a place on entry. */
export function init(at: Loc): Value {
  return at.key.length > maxKey ? unknownForKey(at.key) : { k: 'init', at, key: at.key };
}

/** One of several integers; an unknown value if there are more than 8. */
export function choice(id: string, among: readonly number[]): Value {
  const distinctOnes = [...new Set(among)].sort((a, b) => a - b);
  return distinctOnes.length > 8
    ? unknown(id)
    : { k: 'choice', id, among: distinctOnes, key: `?${id}{${distinctOnes.join(',')}}` };
}

/** The possible values of an integer, or null if unknown. */
export function integersOf(value: Value): readonly number[] | null {
  return value.k === 'int' ? [value.n] : value.k === 'choice' ? value.among : null;
}

/** DMA_BIT_MASK(bits). */
export function mask(bits: Value): Value {
  return { k: 'mask', bits, key: `mask(${bits.key})` };
}

/** A pointer to a place; `&*p` is `p`. */
export function address(of: Loc): Value {
  return of.k === 'deref' ? of.pointer : { k: 'address', of, key: `&${of.key}` };
}

/** The result of a call, identified by its site, or by name and arguments if the callee is pure. */
export function callResult(name: string, args: readonly Value[], site: string | null): Value {
  const key = `${name}(${args.map((arg) => arg.key).join(',')})${site ? `@${site}` : ''}`;
  // a site identifies the result without the arguments
  if (key.length > maxKey) return site && args.length > 0 ? callResult(name, [], site) : unknownForKey(key);
  return { k: 'call', name, args, site, key };
}

/** container_of(): the enclosing place if `of` is the address of that member, otherwise a symbolic container. */
export function container(of: Value, member: string, type: CType): Value {
  let place: Loc | null = of.k === 'address' ? of.of : null;
  const path = member.split('.').reverse();
  for (const name of path) place = place?.k === 'field' && place.name === name ? place.base : null;
  if (place) return address(place);
  const key = `container(${of.key},${member})`;
  return key.length > maxKey ? unknownForKey(key) : { k: 'container', of, member, type, key };
}

/** A variable of the function. */
export function local(name: string): Loc {
  return { k: 'local', name, key: name };
}

const temporaries: Loc[] = [];

/** The place of a temporary of the IR. */
export function temporary(id: number): Loc {
  return (temporaries[id] ??= local(`%${id}`));
}

/** A variable of the file or the kernel. */
export function global(name: string): Loc {
  return { k: 'global', name, key: `::${name}` };
}

/** The place that a pointer points to. */
export function deref(pointer: Value): Loc {
  return pointer.k === 'address' ? pointer.of : { k: 'deref', pointer, key: `*(${pointer.key})` };
}

/** A member; `container_of(p, T, m)->m` is `*p`. */
export function field(base: Loc, name: string): Loc {
  if (base.k === 'deref' && base.pointer.k === 'container' && base.pointer.member === name)
    return deref(base.pointer.of);
  return { k: 'field', base, name, key: `${base.key}.${name}` };
}

/** An element of an array. */
export function element(base: Loc, index: Value): Loc {
  // all elements at unknown indices are one place, so that a loop that registers devices sees the stores of an earlier loop
  const known = index.k !== 'unknown';
  return { k: 'element', base, index, key: `${base.key}[${known ? index.key : '*'}]` };
}

/** The pool to which device_initialize() sets `dma_io_tlb_mem`. */
export const defaultPool: Value = address(global('io_tlb_default_mem'));

const negatedComparison: Readonly<Record<string, string>> = {
  '==': '!=',
  '!=': '==',
  '<': '>=',
  '>=': '<',
  '>': '<=',
  '<=': '>',
};

/** An operation, with constants folded. */
export function operation(op: string, args: readonly Value[]): Value {
  const [a, b] = args;
  if (a && b) {
    const folded = fold(op, a, b);
    if (folded) return folded;
  }
  if (a && op === '!') {
    const truth = truthOf(a);
    if (truth !== null) return truth ? zero : one;
    const opposite = a.k === 'op' ? negatedComparison[a.op] : undefined;
    if (a.k === 'op' && opposite) return operation(opposite, a.args);
  }
  const key = `(${op} ${args.map((arg) => arg.key).join(' ')})`;
  return key.length > maxKey ? unknownForKey(key) : { k: 'op', op, args, key };
}

/** Maximum length of a value's key; longer values, such as computed hashes, become unknown. */
const maxKey = 1000;

/** An unknown value for one whose key is too long; it is still equal to itself. */
function unknownForKey(key: string): Value {
  let hash = 5381;
  for (let i = 0; i < key.length; i++) hash = (hash * 33 + key.charCodeAt(i)) % 0x1fffffffffff;
  return unknown(`text:${hash}`);
}

/** The truth of a value regardless of the path condition, or null. */
export function truthOf(value: Value): boolean | null {
  switch (value.k) {
    case 'int':
      return value.n !== 0;
    case 'choice':
      return value.among.every((n) => n !== 0) ? true : value.among.every((n) => n === 0) ? false : null;
    case 'address':
    case 'mask':
      return true;
    case 'constant':
      return value.name.startsWith('&') ? true : null;
    default:
      return null;
  }
}

/** True if two values are known to differ. */
export function distinct(a: Value, b: Value): boolean {
  if (a.key === b.key) return false;
  if (a.k === 'int' && b.k === 'int') return true;
  if (a.k === 'constant' && b.k === 'constant') return true;
  if ((isPhysical(a) && isAllOnes(b)) || (isPhysical(b) && isAllOnes(a))) return true;
  const isZero = (v: Value): boolean => v.k === 'int' && v.n === 0;
  return (isZero(a) && truthOf(b) === true) || (isZero(b) && truthOf(a) === true);
}

function isPhysical(value: Value): boolean {
  return value.k === 'call' && physicalAddresses.has(value.name);
}

/** `~0`, which is DMA_MAPPING_ERROR. */
function isAllOnes(value: Value): boolean {
  return value.k === 'int' ? value.n === -1 : value.k === 'op' && value.op === '~' && value.args[0]?.key === '0';
}

function fold(op: string, a: Value, b: Value): Value | null {
  if (a.k === 'choice' || b.k === 'choice') return foldChoice(op, a, b);
  if (op === '==' || op === '!=') {
    const equal = a.key === b.key && a.k !== 'unknown' ? true : distinct(a, b) ? false : null;
    return equal === null ? null : equal === (op === '==') ? one : zero;
  }
  if (op === '&&' || op === '||') return foldLogical(op, a, b);
  if (a.k !== 'int' || b.k !== 'int') return op === '-' && a.k === 'op' && a.op === '<<' ? maskOf(a, b) : null;
  return foldInts(op, a.n, b.n);
}

/** Folds an operation on choices if all combinations have the same result. */
function foldChoice(op: string, a: Value, b: Value): Value | null {
  const [left, right] = [integersOf(a), integersOf(b)];
  if (!left || !right) return null;
  const results = left.flatMap((x) => right.map((y) => fold(op, int(x), int(y))));
  const [first] = results;
  return first && results.every((result) => result?.key === first.key) ? first : null;
}

function foldLogical(op: '&&' | '||', a: Value, b: Value): Value | null {
  const deciding = op === '||';
  const [left, right] = [truthOf(a), truthOf(b)];
  if (left === deciding || right === deciding) return deciding ? one : zero;
  if (left !== null && right !== null) return deciding ? zero : one;
  return null;
}

/** `(1ULL << n) - 1` is DMA_BIT_MASK(n). */
function maskOf(shift: Value & { k: 'op' }, minus: Value): Value | null {
  const [base, bits] = shift.args;
  return base?.key === '1' && bits && minus.key === '1' ? mask(bits) : null;
}

const arithmetic: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => (b === 0 ? NaN : Math.trunc(a / b)),
  '%': (a, b) => (b === 0 ? NaN : a % b),
  // as multiplications: JavaScript's shifts truncate to 32 bits
  '<<': (a, b) => a * 2 ** b,
  '>>': (a, b) => Math.floor(a / 2 ** b),
  '<': (a, b) => Number(a < b),
  '<=': (a, b) => Number(a <= b),
  '>': (a, b) => Number(a > b),
  '>=': (a, b) => Number(a >= b),
  '&': (a, b) => bitwise(a, b, (x, y) => x & y),
  '|': (a, b) => bitwise(a, b, (x, y) => x | y),
  '^': (a, b) => bitwise(a, b, (x, y) => x ^ y),
};

function foldInts(op: string, a: number, b: number): Value | null {
  const result = arithmetic[op]?.(a, b);
  if (result === undefined || !Number.isSafeInteger(result)) return null;
  // `(1ULL << 32) - 1` and 0xffffffff are integers; maskBits() recognizes both
  return int(result);
}

function bitwise(a: number, b: number, op: (x: bigint, y: bigint) => bigint): number {
  return Number(BigInt.asIntN(64, op(BigInt(a), BigInt(b))));
}

/** The width in bits of a DMA mask, or null if unknown. */
export function maskBits(value: Value): number | null {
  if (value.k === 'mask') return value.bits.k === 'int' ? value.bits.n : null;
  if (value.k === 'int') {
    const bits = Math.log2(value.n + 1);
    if (Number.isInteger(bits)) return bits;
  }
  return isAllOnes(value) ? 64 : null;
}

/** True if `place` is `whole` or a part of it. */
export function isInside(place: Loc, whole: Loc): boolean {
  for (let at: Loc = place; ; at = at.base) {
    if (at.key === whole.key) return true;
    if (at.k !== 'field' && at.k !== 'element') return false;
  }
}

/** A test whether a key contains `id`: an unknown value or a call result that was created there. */
export function keyContains(id: string): (key: string) => boolean {
  const [unknownThere, resultThere] = [`?${id}`, `@${id}`];
  return (key) => key.includes(id) && (key.includes(unknownThere) || key.includes(resultThere));
}
