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

/** A buffer that a function allocates, maps for the device to write, and stores in a structure of the file while mapped. */
interface LongLivedMapping {
  readonly root: FunctionUnit;
  readonly summary: Summary;
  readonly state: State;
  readonly mapping: Resource;
  /** The structure, and its members that hold the buffer and the DMA address. */
  readonly struct: string;
  readonly buffer: string;
  readonly address: string;
}

/** A read of such a buffer, as a fault of the function that maps it. */
export interface StaleRead {
  readonly root: FunctionUnit;
  readonly summary: Summary;
  readonly fault: Fault;
}

/**
 * Reads of buffers that stay mapped for their lifetime: no function of the file synchronizes for the CPU, and functions that
 * unmap such a buffer also free it. With a bounce buffer, all reads in between return the data from the time of mapping.
 */
export function staleReads(workspace: Workspace, unit: SourceUnit): StaleRead[] {
  const functions = [...unit.alternatives.values()].flat();
  if (functions.some(({ words }) => [...words].some((word) => word.includes('for_cpu')))) return [];
  return functions.flatMap((root) => {
    const summary = [...root.words].some((word) => resourceEffects.get(word)?.kind === 'map')
      ? workspace.resources(calleeOf(root))
      : null;
    if (summary === null || typeof summary === 'string') return [];
    return longLivedMappings(workspace, unit, root, summary).flatMap((buffer) => readsOf(workspace, functions, buffer));
  });
}

const fromDevice = '2';

function longLivedMappings(
  workspace: Workspace,
  unit: SourceUnit,
  root: FunctionUnit,
  summary: Summary,
): LongLivedMapping[] {
  const frame = frameOf(summary, workspace);
  const found = new Map<string, LongLivedMapping>();
  for (const { state } of summary.exits) {
    for (const mapping of state.resources.values()) {
      const { effect, args } = mapping.origin;
      if (effect.kind !== 'map' || effect.form !== 'single' || mapping.typestate !== 'valid' || mapping.many) continue;
      const buffer = args[effect.buffer];
      const direction = effect.direction === undefined ? undefined : args[effect.direction];
      if (!buffer || direction?.key !== fromDevice || !summary.origins.has(memoryOf(buffer).key)) continue;
      for (const stored of structsStoring(frame, state, mapping, buffer))
        if (unit.structs.has(stored.struct))
          found.set(`${stored.struct}.${stored.address}`, { root, summary, state, mapping, ...stored });
    }
  }
  return [...found.values()];
}

/** The structures that store both the buffer and its DMA address. */
function structsStoring(
  frame: Frame,
  state: State,
  mapping: Resource,
  buffer: Value,
): Pick<LongLivedMapping, 'struct' | 'buffer' | 'address'>[] {
  const members = [...state.env.values()].flatMap(({ at, value }) => (at.k === 'field' ? [{ at, value }] : []));
  return members.flatMap(({ at, value }) => {
    const beside = members.find((other) => other.at.base.key === at.base.key && other.value.key === buffer.key);
    const struct = typeOfLoc(frame, at.base)?.name;
    if (value.key !== mapping.value.key || !beside || struct === undefined) return [];
    return [{ struct, buffer: beside.at.name, address: at.name }];
  });
}

/** The first read of the buffer in each function that runs while it is mapped. */
function readsOf(workspace: Workspace, functions: readonly FunctionUnit[], buffer: LongLivedMapping): StaleRead[] {
  const { root, summary, state, mapping } = buffer;
  const unmapping = functions.filter((fn) => namesEffect(fn.words, 'unmap') && readsMember(fn, buffer.address));
  const freed = unmapping.every((fn) => fn.place === root.place || freesMember(fn, buffer.buffer));
  const last = unmapping.filter((fn) => fn.place !== root.place);
  if (last.length === 0 || !freed || functions.some((fn) => fn.place !== root.place && changesMember(fn, buffer)))
    return [];
  const busy = reachedFrom(functions, [root, ...last]);
  return functions.flatMap((fn) => {
    const site = busy.has(fn.place.name) || !fn.words.has(buffer.buffer) ? null : firstRead(workspace, fn, buffer);
    if (!site) return [];
    const about = { state, origin: mapping.origin, members: [], end: null, pathConditions: [], page: null };
    return [{ root, summary, fault: { kind: 'read-stale', at: { site, via: [] }, ...about } }];
  });
}

function namesEffect(words: ReadonlySet<string>, kind: string): boolean {
  return [...words].some((word) => resourceEffects.get(word)?.kind === kind);
}

/** True for a function that reads a member of that name. */
function readsMember(fn: FunctionUnit, member: string): boolean {
  if (!fn.words.has(member)) return false;
  return opsOf(fn).some((op) =>
    expressionsOf(op).some((expr) =>
      [...partsOf(expr)].some((part) => part.k === 'load' && part.from.k === 'field' && part.from.name === member),
    ),
  );
}

/** True for a function that frees the memory to which a member points. */
function freesMember(fn: FunctionUnit, member: string): boolean {
  return opsOf(fn).some((op) => {
    const effect = op.k === 'call' && typeof op.callee === 'string' ? resourceEffects.get(op.callee) : undefined;
    const pointer = op.k === 'call' && effect?.kind === 'free' ? op.args[effect.pointer] : undefined;
    return pointer?.k === 'load' && pointer.from.k === 'field' && pointer.from.name === member;
  });
}

/** True for a function that stores a value other than NULL to one of the members, or takes its address. */
function changesMember(fn: FunctionUnit, { buffer, address }: LongLivedMapping): boolean {
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

/** The names of functions and their transitive callees; these run before the buffer is mapped, or after. */
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

function firstRead(workspace: Workspace, fn: FunctionUnit, buffer: LongLivedMapping): Site | null {
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

/** True for a place in the memory to which the member points. */
function isIn(frame: Frame, at: Loc, stored: Pick<LongLivedMapping, 'struct' | 'buffer'>): boolean {
  if (at.k === 'field' || at.k === 'element') return isIn(frame, at.base, stored);
  if (at.k !== 'deref' || at.pointer.k !== 'init' || at.pointer.at.k !== 'field') return false;
  const member = at.pointer.at;
  return member.name === stored.buffer && typeOfLoc(frame, member.base)?.name === stored.struct;
}
