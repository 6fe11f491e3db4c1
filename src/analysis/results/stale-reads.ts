import { resourceEffects } from '../../kernel/resources';
import { typeOfLoc } from '../frame/device';
import { frameOf, interpretPoints } from '../interpret/interpret';
import type { LValue, Op } from '../ir/ir';
import type { Resource, State } from '../domain/state';
import { siteIn } from './statements';
import type { Loc, Value } from '../domain/values';
import type { Workspace } from '../workspace/workspace';
import type { Frame, Summary } from '../frame/frame';
import { readPlaces } from '../resources/reads';
import type { FunctionUnit, SourceUnit } from '../source/types';
import { calleeOf } from '../source/types';
import type { Site } from '../ir/places';
import { expressionsOf, partsOf } from '../ir/expressions';
import type { Fault } from '../frame/faults';
import { memoryOf } from '../resources/buffers';

/** A buffer that one function allocates, maps for the device to write, and leaves mapped in a structure of the file. */
interface LongLived {
  readonly root: FunctionUnit;
  readonly summary: Summary;
  readonly state: State;
  readonly mapping: Resource;
  /** The structure, and its members with the buffer and the DMA address. */
  readonly struct: string;
  readonly buffer: string;
  readonly address: string;
}

/** A read of such a buffer, as a fault of the function that mapped it. */
export interface StaleRead {
  readonly root: FunctionUnit;
  readonly summary: Summary;
  readonly fault: Fault;
}

/**
 * Reads of buffers that stay mapped for as long as they exist: no function of the file synchronises anything for the CPU,
 * and whoever unmaps such a buffer frees it. Between, each read sees what the buffer held when it was mapped.
 */
export function staleReads(workspace: Workspace, unit: SourceUnit): StaleRead[] {
  const functions = [...unit.alternatives.values()].flat();
  if (functions.some(({ words }) => [...words].some((word) => word.includes('for_cpu')))) return [];
  return functions.flatMap((root) => {
    const summary = [...root.words].some((word) => resourceEffects.get(word)?.kind === 'map')
      ? workspace.resources(calleeOf(root))
      : null;
    if (summary === null || typeof summary === 'string') return [];
    return longLivedIn(workspace, unit, root, summary).flatMap((buffer) => readsOf(workspace, functions, buffer));
  });
}

const fromDevice = '2';

function longLivedIn(workspace: Workspace, unit: SourceUnit, root: FunctionUnit, summary: Summary): LongLived[] {
  const frame = frameOf(summary, workspace);
  const found = new Map<string, LongLived>();
  for (const { state } of summary.exits) {
    for (const mapping of state.resources.values()) {
      const { effect, args } = mapping.origin;
      if (effect.kind !== 'map' || effect.form !== 'single' || mapping.typestate !== 'valid' || mapping.many) continue;
      const buffer = args[effect.buffer];
      const direction = effect.direction === undefined ? undefined : args[effect.direction];
      if (!buffer || direction?.key !== fromDevice || !summary.origins.has(memoryOf(buffer).key)) continue;
      for (const kept of keepersOf(frame, state, mapping, buffer))
        if (unit.structs.has(kept.struct))
          found.set(`${kept.struct}.${kept.address}`, { root, summary, state, mapping, ...kept });
    }
  }
  return [...found.values()];
}

/** The structures in which both the buffer and its DMA address are kept. */
function keepersOf(
  frame: Frame,
  state: State,
  mapping: Resource,
  buffer: Value,
): Pick<LongLived, 'struct' | 'buffer' | 'address'>[] {
  const members = [...state.env.values()].flatMap(({ at, value }) => (at.k === 'field' ? [{ at, value }] : []));
  return members.flatMap(({ at, value }) => {
    const beside = members.find((other) => other.at.base.key === at.base.key && other.value.key === buffer.key);
    const struct = typeOfLoc(frame, at.base)?.name;
    if (value.key !== mapping.value.key || !beside || struct === undefined) return [];
    return [{ struct, buffer: beside.at.name, address: at.name }];
  });
}

/** The first read of the buffer in each function that is called while it is mapped. */
function readsOf(workspace: Workspace, functions: readonly FunctionUnit[], buffer: LongLived): StaleRead[] {
  const { root, summary, state, mapping } = buffer;
  const unmapping = functions.filter((fn) => names(fn.words, 'unmap') && loads(fn, buffer.address));
  const freed = unmapping.every((fn) => fn.place === root.place || frees(fn, buffer.buffer));
  const last = unmapping.filter((fn) => fn.place !== root.place);
  if (last.length === 0 || !freed || functions.some((fn) => fn.place !== root.place && changes(fn, buffer))) return [];
  const busy = reachedFrom(functions, [root, ...last]);
  return functions.flatMap((fn) => {
    const site = busy.has(fn.place.name) || !fn.words.has(buffer.buffer) ? null : firstRead(workspace, fn, buffer);
    if (!site) return [];
    const about = { state, origin: mapping.origin, members: [], end: null, pathConditions: [], page: null };
    return [{ root, summary, fault: { kind: 'read-stale', at: { site, via: [] }, ...about } }];
  });
}

function names(words: ReadonlySet<string>, kind: string): boolean {
  return [...words].some((word) => resourceEffects.get(word)?.kind === kind);
}

/** True for a function that reads a member of that name. */
function loads(fn: FunctionUnit, member: string): boolean {
  if (!fn.words.has(member)) return false;
  return opsOf(fn).some((op) =>
    expressionsOf(op).some((expr) =>
      [...partsOf(expr)].some((part) => part.k === 'load' && part.from.k === 'field' && part.from.name === member),
    ),
  );
}

/** True for a function that frees what a member points at. */
function frees(fn: FunctionUnit, member: string): boolean {
  return opsOf(fn).some((op) => {
    const effect = op.k === 'call' && typeof op.callee === 'string' ? resourceEffects.get(op.callee) : undefined;
    const pointer = op.k === 'call' && effect?.kind === 'free' ? op.args[effect.pointer] : undefined;
    return pointer?.k === 'load' && pointer.from.k === 'field' && pointer.from.name === member;
  });
}

/** True for a function that puts something else than NULL into one of the members, or lets others do so. */
function changes(fn: FunctionUnit, { buffer, address }: LongLived): boolean {
  const isMember = (place: LValue): boolean => place.k === 'field' && (place.name === buffer || place.name === address);
  return opsOf(fn).some((op) => {
    if (op.k === 'assign' && isMember(op.to)) return op.value.k !== 'int' || op.value.value !== 0;
    return expressionsOf(op).some((expr) =>
      [...partsOf(expr)].some((part) => part.k === 'address' && isMember(part.of)),
    );
  });
}

function opsOf(fn: FunctionUnit): readonly Op[] {
  return fn.ir().blocks.flatMap(({ ops }) => ops);
}

/** The names of some functions and of all that they lead to: these run before the buffer is mapped, or after. */
function reachedFrom(functions: readonly FunctionUnit[], from: readonly FunctionUnit[]): ReadonlySet<string> {
  const byName = new Map(functions.map((fn) => [fn.place.name, fn]));
  const reached = new Set<string>();
  const work = [...from];
  for (let fn = work.pop(); fn; fn = work.pop()) {
    if (reached.has(fn.place.name)) continue;
    reached.add(fn.place.name);
    for (const word of fn.words) {
      const callee = byName.get(word);
      if (callee) work.push(callee);
    }
  }
  return reached;
}

function firstRead(workspace: Workspace, fn: FunctionUnit, buffer: LongLived): Site | null {
  const { frame, points } = interpretPoints(calleeOf(fn), workspace);
  for (const { ops, end } of fn.ir().blocks) {
    for (const op of [...ops, end]) {
      const states = 'at' in op ? (points.find(({ at }) => at === op.at)?.before ?? []) : [];
      const reads = states.some((state) => readPlaces(frame, state, op).some((at) => isIn(frame, at, buffer)));
      if (reads && 'at' in op) return siteIn(fn, op.at);
    }
  }
  return null;
}

/** True for a place in the memory that the member points at. */
function isIn(frame: Frame, at: Loc, kept: Pick<LongLived, 'struct' | 'buffer'>): boolean {
  if (at.k === 'field' || at.k === 'element') return isIn(frame, at.base, kept);
  if (at.k !== 'deref' || at.pointer.k !== 'init' || at.pointer.at.k !== 'field') return false;
  const member = at.pointer.at;
  return member.name === kept.buffer && typeOfLoc(frame, member.base)?.name === kept.struct;
}
