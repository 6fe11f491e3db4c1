import { poolField } from '../../kernel/api';
import type { InventoryCall, InventoryKind } from '../../kernel/inventory';
import { inventoryCalls } from '../../kernel/inventory';
import { containerType, followMembers, typeOfLoc } from '../frame/device';
import { evaluate, locate } from '../frame/evaluate';
import { interpretPoints } from '../interpret/interpret';
import type { Point } from '../interpret/interpret';
import type { Op, Span } from '../ir/ir';
import { expressionOf } from './paths';
import type { State } from '../domain/state';
import { entryState } from '../domain/state';
import { deref } from '../domain/values';
import type { Loc } from '../domain/values';
import type { Workspace } from '../workspace/workspace';
import type { Frame } from '../frame/frame';
import { calleeOf, type FunctionUnit, type SourceUnit } from '../source/types';
import type { Site } from '../ir/places';
import { isPoolStore } from './pool-stores';

/** One call, or store to a pool pointer, in the text, reachable or not. */
export interface InventoryItem {
  readonly kind: InventoryKind;
  /** The function called, or the member stored to. */
  readonly name: string;
  readonly site: Site;
  /** Null if the call has no device argument. */
  readonly device: ItemDevice | null;
}

/** The device of a call. */
export interface ItemDevice {
  readonly expression: string;
  /** The structure that embeds the device, `struct device` if only that is known, null if the type is unknown. */
  readonly type: string | null;
}

/** The inventory of a file, in text order and for all configurations, with one item per place. */
export function inventoryOf(workspace: Workspace, unit: SourceUnit): InventoryItem[] {
  const types = createTypes(workspace, unit);
  const items = new Map<string, InventoryItem>();
  for (const fn of definitionsOf(unit)) {
    if (!listedWords.some((word) => fn.words.has(word))) continue;
    for (const block of fn.ir().blocks) {
      for (const op of block.ops) {
        const item = itemOf(types, fn, op);
        const key = `${fn.place.origin + op.at.start}:${item?.name}`;
        // if a function has several variants, keep the item with the most specific device type
        if (item && !items.get(key)?.device?.type) items.set(key, item);
      }
    }
  }
  const offset = ({ site }: InventoryItem): number => site.in.origin + site.start;
  return [...items.values()].sort((a, b) => offset(a) - offset(b));
}

const listedWords: readonly string[] = [...inventoryCalls.keys(), poolField];

function definitionsOf(unit: SourceUnit): FunctionUnit[] {
  return [...[...unit.alternatives.values()].flat(), ...unit.macros.values(), ...unit.unexpandedMacros];
}

function itemOf(types: Types, fn: FunctionUnit, op: Op): InventoryItem | null {
  const site: Site = { in: fn.place, start: op.at.start, end: op.at.end };
  if (isPoolStore(op, fn, types.unit)) {
    const [written = ''] = fn.text.slice(op.at.start, op.at.end).split(/\s*(?:->|\.)\s*dma_io_tlb_mem\b/);
    return { kind: 'pool-write', name: poolField, site, device: deviceOf(types, fn, op, null, written) };
  }
  const call = op.k === 'call' && typeof op.callee === 'string' ? inventoryCalls.get(op.callee) : undefined;
  if (op.k !== 'call' || typeof op.callee !== 'string' || !call) return null;
  const argument = call.device && op.argSpans[call.device.argument];
  const written = argument ? fn.text.slice(argument.start, argument.end) : '';
  return { kind: call.kind, name: op.callee, site, device: argument ? deviceOf(types, fn, op, call, written) : null };
}

/** The device types in a file's functions, cached. */
interface Types {
  readonly workspace: Workspace;
  readonly unit: SourceUnit;
  readonly seen: Map<FunctionUnit, Interpreted>;
  readonly callers: Map<string, FunctionUnit[]>;
}

interface Interpreted {
  readonly frame: Frame;
  readonly points: ReadonlyMap<Span, Point>;
}

function createTypes(workspace: Workspace, unit: SourceUnit): Types {
  const callers = new Map<string, FunctionUnit[]>();
  for (const fn of [...unit.alternatives.values()].flat()) {
    for (const word of fn.words) {
      if (!unit.functions.has(word) || word === fn.place.name) continue;
      const known = callers.get(word);
      if (known) known.push(fn);
      else callers.set(word, [fn]);
    }
  }
  return { workspace, unit, seen: new Map(), callers };
}

function interpretOnce(types: Types, fn: FunctionUnit): Interpreted {
  let found = types.seen.get(fn);
  if (!found) {
    const { frame, points } = interpretPoints(calleeOf(fn), types.workspace);
    found = { frame, points: new Map(points.map((point) => [point.at, point])) };
    types.seen.set(fn, found);
  }
  return found;
}

/** The states before an operation; the entry state if no path reaches it, since declared types still apply. */
function statesAt({ points }: Interpreted, at: Span): readonly State[] {
  const before = points.get(at)?.before ?? [];
  return before.length > 0 ? before : [entryState];
}

/** The devices of an operation in all states that reach it. */
function devicesAt(types: Types, fn: FunctionUnit, op: Op, call: InventoryCall | null): Loc[] {
  const seen = interpretOnce(types, fn);
  const found = new Map<string, Loc>();
  for (const state of statesAt(seen, op.at)) {
    const device = deviceIn(seen.frame, state, op, call);
    if (device) found.set(device.key, device);
  }
  return [...found.values()];
}

function deviceIn(frame: Frame, state: State, op: Op, call: InventoryCall | null): Loc | null {
  if (op.k === 'assign') return op.to.k === 'field' ? locate(frame, state, op.to.base) : null;
  const argument = op.k === 'call' && call?.device ? op.args[call.device.argument] : undefined;
  if (!argument || !call?.device) return null;
  return deref(followMembers(state, evaluate(frame, state, argument), call.device.path ?? []));
}

function deviceOf(types: Types, fn: FunctionUnit, op: Op, call: InventoryCall | null, written: string): ItemDevice {
  const devices = devicesAt(types, fn, op, call);
  const [only, ...others] = devices;
  const plain = written.replace(/^&\s*/, '').replace(/\s+/g, ' ');
  const suffix = call?.device?.path?.map((member) => `->${member}`).join('') ?? '';
  return {
    expression: only && others.length === 0 ? expressionOf(only, written + suffix, true) : plain + suffix,
    type: commonType(devices.map((device) => deviceType(types, fn, device, []))),
  };
}

/** The common type of the known ones; an embedding structure is more specific than `struct device`. */
function commonType(types: readonly (string | null)[]): string | null {
  const known = new Set(types.filter((type) => type !== null));
  if (known.size > 1) known.delete('struct device');
  const [only, ...others] = known;
  return others.length === 0 ? (only ?? null) : 'struct device';
}

function deviceType(types: Types, fn: FunctionUnit, device: Loc, visited: readonly FunctionUnit[]): string | null {
  const { frame } = interpretOnce(types, fn);
  const own = containerType(frame, device)?.name;
  if (own !== undefined && own !== '?') return own;
  const stored = types.workspace.deviceBehind(device, fn.place, frame);
  if (stored !== null) return stored;
  const passed = passedType(types, fn, device, [...visited, fn]);
  if (passed !== null) return passed;
  return typeOfLoc(frame, device)?.name === 'struct device' ? 'struct device' : null;
}

/** Maximum number of call levels to search for the type of a parameter's device. */
const maxCallers = 4;

/** The type of a parameter's device in a static function, if all callers pass the same type. */
function passedType(types: Types, fn: FunctionUnit, device: Loc, visited: readonly FunctionUnit[]): string | null {
  const place = device.k === 'deref' && device.pointer.k === 'init' ? device.pointer.at : null;
  const index = place?.k === 'local' ? fn.ir().parameters.findIndex(({ name }) => name === place.name) : -1;
  if (index < 0 || !fn.isStatic || visited.length > maxCallers || types.unit.addressTaken.has(fn.place.name))
    return null;
  const found = (types.callers.get(fn.place.name) ?? [])
    .filter((caller) => !visited.includes(caller))
    .flatMap((caller) => passedBy(types, caller, fn.place.name, index, visited));
  const [first] = found;
  return first !== undefined && found.every((type) => type === first) ? first : null;
}

function passedBy(
  types: Types,
  caller: FunctionUnit,
  name: string,
  index: number,
  visited: readonly FunctionUnit[],
): (string | null)[] {
  const seen = interpretOnce(types, caller);
  return caller.ir().blocks.flatMap(({ ops }) =>
    ops.flatMap((op) => {
      const argument = op.k === 'call' && op.callee === name ? op.args[index] : undefined;
      if (!argument) return [];
      return statesAt(seen, op.at).map((state) =>
        deviceType(types, caller, deref(evaluate(seen.frame, state, argument)), visited),
      );
    }),
  );
}
