import type { FaultPath, ResourceEvent, Value } from '../../analysis';
import { eventsOf, memoryOf, poolOf } from '../../analysis';
import type { DmaAttribute, DmaProgram, MapPageStep, Place, Step } from '../../program/types';
import { dmaAttributes } from '../../program/types';
import { deviceId, directions, pageBytes, stepFor, trustOfStep } from '../judge/program';
import type { JudgeContext, ScenarioChoice } from '../judge/context';

/** A program under construction: the names of mappings and the addresses of memory, by the keys of their values. */
interface Draft {
  readonly found: FaultPath;
  readonly steps: Step[];
  readonly mappings: Map<string, string>;
  readonly memory: Map<string, string>;
  readonly placeOf: JudgeContext['placeOf'];
}

/** The steps of the path that concern the resource of a fault, on one machine; null if the machine has no such steps. */
export function faultProgram(found: FaultPath, world: ScenarioChoice, context: JudgeContext): DmaProgram | null {
  const draft: Draft = { found, steps: [], mappings: new Map(), memory: new Map(), placeOf: context.placeOf };
  if (found.path || found.fault.kind === 'gpadl-freed') {
    const trust = trustOfStep(world.deviceTrust ?? (found.path ? null : { ring: false, external: false }));
    draft.steps.push({ op: 'device', id: deviceId, lifecycle: ['zeroed'], coherentMask: 0, ...trust });
    draft.steps.push(...context.registration(world.deviceTrust));
  }
  for (const event of eventsOf(found.fault.state.trace)) {
    if (event.k === 'resource') addResource(draft, event);
    else if (event.k === 'pool' && event.device.key === found.path?.device.key && poolOf(event) !== 'unknown') {
      const step = stepFor(event, undefined, undefined, context.placeOf(event));
      if (step && step !== 'merged') draft.steps.push(step);
    }
  }
  if (found.fault.kind === 'untested') completeRequest(draft);
  if (found.fault.kind === 'read-stale') addRead(draft);
  return draft.steps.length > 0 ? { version: 1, machine: world.scenario.machine, steps: draft.steps } : null;
}

/** More than a bounce buffer can hold, so the map fails if it has to bounce. */
const tooLarge = 0x80000;
const comment = 'too large to bounce';
/** Offset of the buffer in its page, for faults that depend on it. */
export const offsetInPage = 512;

/** The request completes, and its address is unmapped. */
function completeRequest({ steps, mappings }: Draft): void {
  const [mapping] = mappings.values();
  if (mapping === undefined || steps.some(({ op }) => op.startsWith('dma_unmap') || op === 'dma_map_sg')) return;
  steps.push({ op: 'dma_unmap_single', mapping, comment: 'when the request completes' });
}

/** The device writes to the mapping, and the CPU reads the buffer. */
function addRead({ found, steps, placeOf }: Draft): void {
  const mapped = steps.findLast((step): step is MapPageStep => step.op === 'dma_map_single');
  if (!mapped) return;
  const { id: mapping, phys, offset, size } = mapped;
  steps.push({ op: 'device_write', mapping, offset: 0, size, comment: 'the device writes its response' });
  steps.push({ op: 'cpu_read', phys, offset, size, at: placeOf(found.fault.at) });
}

function addResource(draft: Draft, event: ResourceEvent): void {
  const at = draft.placeOf(event);
  switch (event.effect.kind) {
    case 'map':
      return addMap(draft, event, event.effect, at);
    case 'unmap':
      return addUnmap(draft, event, event.effect, at);
    case 'test': {
      const mapping = draft.mappings.get(event.args[event.effect.handle]?.key ?? '');
      if (mapping !== undefined) draft.steps.push({ op: 'dma_mapping_error', mapping, at });
      return;
    }
    case 'convert':
      return addConvert(draft, event, event.effect, at);
    case 'establish':
    case 'teardown':
      return addGpadl(draft, event, event.effect, at);
    case 'free': {
      const phys = draft.memory.get(keyOf(event.args[event.effect.pointer]));
      if (phys !== undefined) draft.steps.push({ op: 'free_pages', phys, pages: 1, at });
      return;
    }
    default:
      return;
  }
}

type Effect<K extends ResourceEvent['effect']['kind']> = Extract<ResourceEvent['effect'], { kind: K }>;

function addMap(draft: Draft, event: ResourceEvent, effect: Effect<'map'>, at: Place): void {
  const { origin, at: blamed, kind } = draft.found.fault;
  if (!draft.found.path || (event.result.key !== origin?.result.key && event.site !== blamed.site)) return;
  const id = `m${draft.steps.filter(({ op }) => op.startsWith('dma_map_') && op !== 'dma_mapping_error').length}`;
  draft.mappings.set(event.result.key, id);
  const buffer = event.args[effect.buffer];
  if (effect.form === 'sg' && buffer) draft.mappings.set(`list ${buffer.key}`, id);
  const phys = addressOf(draft, buffer);
  const fails =
    kind === 'unmapped-failed' || (kind === 'untested' && effect.form === 'sg') || failsInLastRound(draft, event);
  const size = fails ? tooLarge : numberOf(event.args, effect.size, pageBytes);
  const offset = kind === 'page-alone' ? offsetInPage : 0;
  const dir = directions[numberOf(event.args, effect.direction, 0)] ?? 'bidirectional';
  const attrs = event.flags.flatMap((name) => attributeOf(name) ?? []);
  const common = {
    id,
    device: deviceId,
    dir,
    ...(attrs.length > 0 ? { attrs } : {}),
    ...(fails ? { comment } : {}),
    at,
  } as const;
  if (effect.form === 'sg') {
    const entry = (index: number): string => `0x${(Number(phys) + index * tooLarge).toString(16)}`;
    const entries = [0, 1].map((index) => ({ phys: entry(index), offset, size: fails ? size : pageBytes }));
    draft.steps.push({ op: 'dma_map_sg', ...common, entries });
  } else if (effect.form === 'page') {
    draft.steps.push({ op: 'dma_map_page', ...common, phys, offset, size });
  } else {
    const memory = event.stack ? 'stack' : kind === 'maps-vmalloc' ? 'vmalloc' : 'linear';
    draft.steps.push({ op: 'dma_map_single', ...common, phys, offset, size, memory });
  }
}

/** True for the map call of the last iteration of a loop, if it fails on this path. */
function failsInLastRound({ found }: Draft, event: ResourceEvent): boolean {
  const { kind, state } = found.fault;
  if (kind !== 'rounds-leaked' || state.resources.get(event.result.key)?.typestate !== 'failed') return false;
  return eventsOf(state.trace).findLast((other) => other.k === 'resource' && other.effect.kind === 'map') === event;
}

function addUnmap(draft: Draft, event: ResourceEvent, effect: Effect<'unmap'>, at: Place): void {
  const key = event.args[effect.handle]?.key ?? '';
  const mapping = draft.mappings.get(effect.form === 'sg' ? `list ${key}` : key);
  const { origin, kind } = draft.found.fault;
  if (mapping === undefined || !origin) return;
  // an argument is passed only if it is known to differ; an unknown one is assumed to be right
  const blamed = event.site === draft.found.fault.at.site;
  const size = blamed && kind === 'other-size' ? { size: numberOf(event.args, effect.size, pageBytes) } : {};
  const dir = directions[numberOf(event.args, effect.direction, 0)];
  const direction = blamed && kind === 'other-direction' && dir ? { dir } : {};
  if (effect.form === 'page') draft.steps.push({ op: 'dma_unmap_single', mapping, ...size, ...direction, at });
  else if (blamed && kind === 'other-count')
    draft.steps.push({ op: 'dma_unmap_sg', mapping, entries: 1, comment: 'an IOMMU merged the entries', at });
  else draft.steps.push({ op: 'dma_unmap_sg', mapping, ...direction, at });
}

function addConvert(draft: Draft, event: ResourceEvent, effect: Effect<'convert'>, at: Place): void {
  const { origin, at: blamed, kind } = draft.found.fault;
  const pointer = event.args[effect.pointer];
  const own = origin?.effect.kind === 'convert' ? origin.args[origin.effect.pointer] : undefined;
  const mine = event.site === blamed.site || (own && pointer && keyOf(own) === keyOf(pointer));
  if (!mine) return;
  const phys = addressOf(draft, pointer);
  const pages = Math.max(1, numberOf(event.args, effect.pages, 1));
  // other data in the rest of the page
  if (kind === 'decrypts-slab') draft.steps.push({ op: 'cpu_write', phys, offset: pageBytes / 2, size: pageBytes / 4 });
  const fails = event.failed || kind === 'decrypt-ignored' ? { fails: true } : {};
  const op = effect.to === 'shared' ? 'set_memory_decrypted' : 'set_memory_encrypted';
  draft.steps.push({ op, phys, pages, ...fails, at });
}

function addGpadl(draft: Draft, event: ResourceEvent, effect: Effect<'establish' | 'teardown'>, at: Place): void {
  const { origin, kind } = draft.found.fault;
  if (kind !== 'gpadl-freed' || event.args[effect.gpadl]?.key !== gpadlOf(origin)) return;
  const freed = eventsOf(draft.found.fault.state.trace).findLast(
    (other) => other.k === 'resource' && other.effect.kind === 'free',
  );
  const pointer =
    freed?.k === 'resource' && freed.effect.kind === 'free' ? freed.args[freed.effect.pointer] : undefined;
  const phys = addressOf(draft, pointer);
  const establish = {
    op: 'vmbus_establish_gpadl',
    id: 'g0',
    device: deviceId,
    kind: 'buffer',
    phys,
    pages: 1,
  } as const;
  if (effect.kind === 'establish') {
    draft.steps.push({ ...establish, ...(event.failed ? { fails: 'post-and-encrypt' as const } : {}), at });
    return;
  }
  if (!draft.steps.some((step) => step.op === establish.op)) draft.steps.push(establish);
  draft.steps.push({ op: 'vmbus_teardown_gpadl', gpadl: 'g0', fails: 'encrypt', at });
}

function gpadlOf(origin: ResourceEvent | null): string | undefined {
  return origin?.effect.kind === 'establish' || origin?.effect.kind === 'teardown'
    ? origin.args[origin.effect.gpadl]?.key
    : undefined;
}

function keyOf(value: Value | undefined): string {
  return value ? memoryOf(value).key : '';
}

/** The address of a piece of memory: one page per pointer. */
function addressOf(draft: Draft, pointer: Value | undefined): string {
  const key = keyOf(pointer);
  const known = draft.memory.get(key);
  if (known !== undefined) return known;
  const phys = `0x${(0x120000000 + draft.memory.size * 4 * tooLarge).toString(16)}`;
  draft.memory.set(key, phys);
  return phys;
}

function numberOf(args: readonly Value[], index: number | undefined, otherwise: number): number {
  const value = index === undefined ? undefined : args[index];
  return value?.k === 'int' && value.n >= 0 ? value.n : otherwise;
}

function attributeOf(name: string): DmaAttribute | undefined {
  return dmaAttributes.find((attribute) => `DMA_ATTR_${attribute.toUpperCase()}` === name);
}
