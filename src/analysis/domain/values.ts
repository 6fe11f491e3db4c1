import { physicalAddresses } from '../../kernel/resources';
import type { CType } from '../ir/ir';

/**
 * A symbolic value. Values are immutable and compared by `key`; `init` stands for what a place held when the function was
 * entered, so that a summary can be moved into a caller by substitution.
 */
export type Value = { readonly key: string } & (
  | { readonly k: 'int'; readonly n: number }
  | { readonly k: 'init'; readonly at: Loc }
  | { readonly k: 'address'; readonly of: Loc }
  /** Result of a call that is not followed; pure predicates have no site, so that two calls give the same value. */
  | { readonly k: 'call'; readonly name: string; readonly args: readonly Value[]; readonly site: string | null }
  /** Pointer to the structure in which `of` points at `member`. */
  | { readonly k: 'container'; readonly of: Value; readonly member: string; readonly type: CType }
  | { readonly k: 'op'; readonly op: string; readonly args: readonly Value[] }
  | { readonly k: 'mask'; readonly bits: Value }
  /** A constant known by name only: an enumerator, a macro, a function, the default pool. */
  | { readonly k: 'constant'; readonly name: string }
  /** One of a few integers, where paths meet that set different ones; equal only to itself. */
  | { readonly k: 'choice'; readonly id: string; readonly among: readonly number[] }
  /** Not known; equal only to itself. */
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

/** A value of which nothing is known but where it came from. */
export function unknown(id: string): Value {
  return { k: 'unknown', id, key: `?${id}` };
}

/** What a place held on entry. */
export function init(at: Loc): Value {
  return at.key.length > maxKey ? tooLong(at.key) : { k: 'init', at, key: at.key };
}

/** One of several integers; more than a handful are as good as unknown. */
export function choice(id: string, among: readonly number[]): Value {
  const distinctOnes = [...new Set(among)].sort((a, b) => a - b);
  return distinctOnes.length > 8
    ? unknown(id)
    : { k: 'choice', id, among: distinctOnes, key: `?${id}{${distinctOnes.join(',')}}` };
}

/** The integers that a value can be, or null when they are not known. */
export function integersOf(value: Value): readonly number[] | null {
  return value.k === 'int' ? [value.n] : value.k === 'choice' ? value.among : null;
}

/** DMA_BIT_MASK(bits). */
export function mask(bits: Value): Value {
  return { k: 'mask', bits, key: `mask(${bits.key})` };
}

/** A pointer to a place; `&*p` is p. */
export function address(of: Loc): Value {
  return of.k === 'deref' ? of.pointer : { k: 'address', of, key: `&${of.key}` };
}

/** The result of a call: told apart by its site, or by name and arguments where the callee is pure. */
export function callResult(name: string, args: readonly Value[], site: string | null): Value {
  const key = `${name}(${args.map((arg) => arg.key).join(',')})${site ? `@${site}` : ''}`;
  // the site alone tells results apart; without one, the arguments do
  if (key.length > maxKey) return site && args.length > 0 ? callResult(name, [], site) : tooLong(key);
  return { k: 'call', name, args, site, key };
}

/** container_of(): undoes a member access where it can, else keeps a view of the enclosing structure. */
export function container(of: Value, member: string, type: CType): Value {
  let place: Loc | null = of.k === 'address' ? of.of : null;
  const path = member.split('.').reverse();
  for (const name of path) place = place?.k === 'field' && place.name === name ? place.base : null;
  if (place) return address(place);
  const key = `container(${of.key},${member})`;
  return key.length > maxKey ? tooLong(key) : { k: 'container', of, member, type, key };
}

/** A variable of the function. */
export function local(name: string): Loc {
  return { k: 'local', name, key: name };
}

const temporaries: Loc[] = [];

/** Where the lowered form keeps an intermediate result. */
export function temporary(id: number): Loc {
  return (temporaries[id] ??= local(`%${id}`));
}

/** A variable of the file or the kernel. */
export function global(name: string): Loc {
  return { k: 'global', name, key: `::${name}` };
}

/** The place that a pointer points at. */
export function deref(pointer: Value): Loc {
  return pointer.k === 'address' ? pointer.of : { k: 'deref', pointer, key: `*(${pointer.key})` };
}

/** A member; of a container view, what the view was made from. */
export function field(base: Loc, name: string): Loc {
  if (base.k === 'deref' && base.pointer.k === 'container' && base.pointer.member === name)
    return deref(base.pointer.of);
  return { k: 'field', base, name, key: `${base.key}.${name}` };
}

/** An element of an array. */
export function element(base: Loc, index: Value): Loc {
  // elements at an index that is not known stand for each other: the loop that clears and the loop that registers meet
  const known = index.k !== 'unknown';
  return { k: 'element', base, index, key: `${base.key}[${known ? index.key : '*'}]` };
}

/** The pool that device_initialize() gives to every device. */
export const defaultPool: Value = address(global('io_tlb_default_mem'));

const negatedComparison: Readonly<Record<string, string>> = {
  '==': '!=',
  '!=': '==',
  '<': '>=',
  '>=': '<',
  '>': '<=',
  '<=': '>',
};

/** Builds an operation, folding what is known. */
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
  return key.length > maxKey ? tooLong(key) : { k: 'op', op, args, key };
}

/** Longest description of a value that is worth keeping; hash functions and the like grow without bound. */
const maxKey = 1000;

/** A value that is no longer described, but still equal only to itself. */
function tooLong(key: string): Value {
  let hash = 5381;
  for (let i = 0; i < key.length; i++) hash = (hash * 33 + key.charCodeAt(i)) % 0x1fffffffffff;
  return unknown(`text:${hash}`);
}

/** True or false where the value alone decides it, else null. */
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

/** True when both values are known never to be equal. */
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

/** `~0`, DMA_MAPPING_ERROR and what drivers call it. */
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

/** An operation on one of several integers is known when all of them give the same. */
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
  // as multiplications: JavaScript's own shifts cut to 32 bits
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
  // `(1ULL << 32) - 1` and 0xffffffff stay integers; maskBits() reads both
  return int(result);
}

function bitwise(a: number, b: number, op: (x: bigint, y: bigint) => bigint): number {
  return Number(BigInt.asIntN(64, op(BigInt(a), BigInt(b))));
}

/** The width in bits of a value used as a DMA mask, or null when it is not known. */
export function maskBits(value: Value): number | null {
  if (value.k === 'mask') return value.bits.k === 'int' ? value.bits.n : null;
  if (value.k === 'int') {
    const bits = Math.log2(value.n + 1);
    if (Number.isInteger(bits)) return bits;
  }
  return isAllOnes(value) ? 64 : null;
}

/** True when a place is another one or a part of it. */
export function isInside(place: Loc, whole: Loc): boolean {
  for (let at: Loc = place; ; at = at.base) {
    if (at.key === whole.key) return true;
    if (at.k !== 'field' && at.k !== 'element') return false;
  }
}

/** Whether a key is about `id`: an unknown or a call result that came into being there. */
export function mentioning(id: string): (key: string) => boolean {
  const [unknownThere, resultThere] = [`?${id}`, `@${id}`];
  return (key) => key.includes(id) && (key.includes(unknownThere) || key.includes(resultThere));
}
