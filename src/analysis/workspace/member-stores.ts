import { accessors } from '../../kernel/api';
import type { ChannelFlag } from '../../kernel/trust';
import { externalMemoryFlag, offerFlags, offerPredicates, ringFlag } from '../../kernel/trust';
import type { PathCondition } from '../domain/path-condition';
import { containerType, typeOfLoc } from '../frame/device';
import { deref } from '../domain/values';
import type { Loc, Value } from '../domain/values';
import type { Frame, Summary } from '../frame/frame';
import type { FunctionUnit, SourceUnit } from '../source/types';
import { testedFlag } from '../domain/channel-flags';

/** A copy of a channel's flag, or of its negation, in a member of another structure. */
export interface FlagCopy {
  readonly flag: ChannelFlag;
  readonly negated: boolean;
}

/** A store to a structure member, in terms of the function that contains it. */
interface MemberStore {
  readonly value: Value;
  readonly pathCondition: PathCondition;
  readonly frame: Frame;
}

export interface MemberStoreSource {
  summaryOf(fn: FunctionUnit): Summary | null;
  frameOf(summary: Summary): Frame;
}

/**
 * The structure that embeds the device behind a stored pointer (`priv->dev`, `host->dma_dev`), if all stores to the member in
 * the file have the same type; otherwise null. `known` is a cache for one snapshot of the texts.
 */
export function deviceBehind(
  unit: SourceUnit,
  source: MemberStoreSource,
  device: Loc,
  frame: Frame,
  known: Map<string, string | null>,
): string | null {
  const at = device.k === 'deref' && device.pointer.k === 'init' ? device.pointer.at : null;
  if (at?.k !== 'field') return null;
  const struct = structOf(frame, at);
  const key = `${unit.path}:${struct ?? '?'}.${at.name}`;
  let found = known.get(key);
  if (found === undefined) known.set(key, (found = storedDevice(unit, source, at, struct)));
  return found;
}

function storedDevice(
  unit: SourceUnit,
  source: MemberStoreSource,
  at: Loc & { k: 'field' },
  struct: string | null,
): string | null {
  const writers = [...accessors.values()].filter(
    (accessor) => accessor.kind === 'write' && accessor.path.at(-1) === at.name,
  );
  const mayStore = (fn: FunctionUnit): boolean =>
    storesMember(fn, at.name) || writers.some((accessor) => fn.words.has(accessor.name));
  const types = new Set<string>();
  for (const store of storesOf(unit, source, at.name, struct, mayStore)) {
    const container = containerType(store.frame, deref(store.value));
    if (container) types.add(container.name);
  }
  return types.size === 1 ? ([...types][0] ?? null) : null;
}

/** A function that copies a channel flag contains one of these words. */
export const flagWords: readonly string[] = [
  externalMemoryFlag,
  ringFlag,
  ...offerFlags.keys(),
  ...offerPredicates.keys(),
];

/** The flag that a member copies: every store to it in the file stores that flag, or depends on a test of it. */
export function flagCopy(
  unit: SourceUnit,
  source: MemberStoreSource,
  member: string,
  struct: string | null,
): FlagCopy | null {
  if (!namesFlags(unit)) return null;
  const writers = [...unit.functions.values()].filter((fn) => storesMember(fn, member));
  if (writers.length === 0 || !writers.some((fn) => flagWords.some((word) => fn.words.has(word)))) return null;
  let copy: FlagCopy | null = null;
  for (const store of storesOf(unit, source, member, struct, (fn) => writers.includes(fn))) {
    const found = copyFrom(store);
    // the member is zero before the flag is copied
    if (found === 'zero') continue;
    if (!found || (copy && (copy.flag !== found.flag || copy.negated !== found.negated))) return null;
    copy = found;
  }
  return copy;
}

const flagNaming = new WeakMap<SourceUnit, boolean>();

/** True for a file that names a flag. */
function namesFlags(unit: SourceUnit): boolean {
  let names = flagNaming.get(unit);
  if (names === undefined) {
    names = flagWords.some((word) => unit.text.includes(word));
    flagNaming.set(unit, names);
  }
  return names;
}

function copyFrom({ value, pathCondition }: MemberStore): FlagCopy | 'zero' | null {
  const negated = value.k === 'op' && value.op === '!';
  const tested = negated ? value.args[0] : value;
  for (const flag of [externalMemoryFlag, ringFlag] as const) {
    if (tested && testedFlag(tested, flag) !== undefined) return { flag, negated };
    if (value.k !== 'int') continue;
    for (const literal of pathCondition.values()) {
      if (literal.derived || literal.equals || testedFlag(literal.value, flag) === undefined) continue;
      return { flag, negated: literal.holds !== (value.n !== 0) };
    }
  }
  return value.k === 'int' && value.n === 0 ? 'zero' : null;
}

/** True if a function's text contains an assignment to a member of that name. */
export function storesMember(fn: FunctionUnit, member: string): boolean {
  return fn.words.has(member) && new RegExp(`(?:->|\\.)\\s*${member}\\s*=[^=]`).test(fn.text);
}

function structOf(frame: Frame, at: Loc & { k: 'field' }): string | null {
  return typeOfLoc(frame, at.base)?.name ?? null;
}

function* storesOf(
  unit: SourceUnit,
  source: MemberStoreSource,
  member: string,
  struct: string | null,
  mayStore: (fn: FunctionUnit) => boolean,
): Generator<MemberStore> {
  for (const fn of unit.functions.values()) {
    const summary = mayStore(fn) ? source.summaryOf(fn) : null;
    if (!summary) continue;
    const frame = source.frameOf(summary);
    for (const { state } of summary.exits) {
      for (const { at, value } of state.env.values()) {
        if (at.k !== 'field' || at.name !== member) continue;
        const type = typeOfLoc(frame, at.base)?.name ?? null;
        if (struct === null || type === null || struct === type)
          yield { value, pathCondition: state.pathCondition, frame };
      }
    }
  }
}
