import type { DeviceEvent, DevicePath, Event } from '../../analysis';
import { eventsOn, field, makesPoolUnknown, maskBits, offsetInRoot, poolOf, read } from '../../analysis';
import type { ApiEffect } from '../../kernel/api';
import { kernelProfile } from '../../kernel/profiles';
import type { BusType } from '../../kernel/trust';
import type {
  ChannelFlags,
  DeviceStep,
  DmaDirection,
  DmaProgram,
  LifecycleWord,
  MapPageStep,
  MapSgStep,
  Place,
  Step,
} from '../../program/types';
import { trafficOf } from '../../program/traffic';
import type { Scenario } from '../../simulator';

/** The steps by which a bus registers a device, before a driver sees it. */
export type Registration = readonly Step[];

/** A program, with the indices of its relevant steps. */
export interface BuiltProgram {
  readonly program: DmaProgram;
  /** Index of the step for an event, if it has one. */
  readonly stepOf: ReadonlyMap<Event, number>;
  /** Index of the step that is judged: a map, an allocation, a mask call, or the free of the object. */
  readonly judged: number;
  /** The steps whose bytes count, the end excluded: that mapping, or everything that a simulated driver does. */
  readonly counted: readonly [from: number, to: number];
  /** Index of a map after a store of NULL that comes too late for the judged one; null if there is none. */
  readonly late: number | null;
}

/** What a device may access: the flags of its primary channel, or acceptance by the guest over TDISP. */
export interface DeviceTrust extends ChannelFlags {
  /** Trusted without a VMBus channel. */
  readonly accepted?: boolean;
}

/** What the scenario adds to a path. */
export interface Filling {
  readonly scenario: Pick<Scenario, 'machine' | 'driver' | 'device'>;
  /** Null for a device that is not trusted. */
  readonly deviceTrust: DeviceTrust | null;
  /** For a driver's path: the registration of a device with these flags. */
  readonly registration: (deviceTrust: DeviceTrust | null) => Registration;
  readonly when: readonly string[];
  readonly placeOf: (event: Pick<Event, 'site' | 'via'>) => Place;
}

/** The device that programs are about. */
export const deviceId = 'd0';
/** Bytes of the page that the bound driver maps. */
export const pageBytes = 4096;

/** The page that a driver maps. */
const driverMap: MapPageStep = {
  op: 'dma_map_page',
  id: 'm0',
  device: deviceId,
  phys: '0x120000000',
  offset: 0,
  size: pageBytes,
  dir: 'to_device',
};

const mapAgain: MapPageStep = { ...driverMap, id: 'm1', comment: 'the same page, mapped again' };

/** The registration by VMBus in all released kernels: 64-bit streaming mask, no coherent mask, default pool. */
export const profileRegistration: Registration = [
  { op: 'dma_set_mask', device: deviceId, bits: 64 },
  { op: 'lifecycle', device: deviceId, do: 'device_register' },
];

/** The registration of a device by its bus if the bus code is not among the files. */
export function presetRegistration(bus: BusType | null): Registration {
  if (!bus?.masks || bus.channel) return profileRegistration;
  const { streaming, coherent } = bus.masks;
  return [
    { op: 'dma_set_mask', device: deviceId, bits: streaming },
    { op: 'dma_set_coherent_mask', device: deviceId, bits: coherent },
    { op: 'lifecycle', device: deviceId, do: 'device_register' },
  ];
}

/** Builds the program of a path. For a registration, a driver binds in device_add() and maps one page or does real I/O. */
export function buildProgram(path: DevicePath, filling: Filling): BuiltProgram {
  const events = eventsThatBear(path);
  const steps: Step[] = [];
  const stepOf = new Map<Event, number>();
  const registers = events.some((event) => event.k === 'lifecycle' && event.word !== 'device_del');
  steps.push(deviceStep(path, events, filling, registers));
  if (savesEntryPool(events)) steps.push({ op: 'lifecycle', device: deviceId, do: 'save-pool:entry' });
  if (!registers) steps.push(...filling.registration(filling.deviceTrust));
  const { scenario } = filling;
  const early = usedBeforeMask(path);
  let mapped: Mapped = { judged: -1, counted: [-1, -1] };
  events.forEach((event, index) => {
    const step = stepFor(event, events[index + 1], events[index - 1], filling.placeOf(event));
    if (step === 'merged') stepOf.set(event, steps.length - 1);
    if (step && step !== 'merged') stepOf.set(event, steps.push(step) - 1);
    if (event === early && event.k === 'lifecycle') steps.push({ ...driverMap, comment: 'a driver binds immediately' });
    if (event !== path.subject) return;
    if (event.k === 'lifecycle') mapped = bindDriver(steps, events.slice(0, index), scenario);
    else mapped = endOf(path, events, steps);
  });
  // a driver that changes the pool maps through it afterwards
  if (path.subject.k === 'pool') mapped = bindDriver(steps, events, { machine: scenario.machine }, !registers);
  const rejects = kernelProfile(scenario.machine.kernel).capableChecksEncryption;
  const late = rejects && clearsLate(path, events) ? steps.push(mapAgain) - 1 : null;
  const program: DmaProgram = { version: 1, machine: scenario.machine, when: filling.when, steps };
  return { program, stepOf, ...mapped, late };
}

/** True if the path registers the device and clears its pool afterwards, for the maps that follow. */
function clearsLate({ subject }: DevicePath, events: readonly DeviceEvent[]): boolean {
  if (subject.k !== 'lifecycle') return false;
  const last = events.slice(events.indexOf(subject) + 1).findLast((event) => event.k === 'pool');
  return last?.k === 'pool' && poolOf(last) === 'null';
}

/** The events of a path that affect its subject, without other maps, allocations and frees. */
function eventsThatBear(path: DevicePath): DeviceEvent[] {
  const { subject } = path;
  const events = eventsOn(path);
  const live = subject.k === 'mask' ? (usedBeforeMask(path) ?? liveMapping(events)) : null;
  const tells = (event: DeviceEvent): boolean => {
    switch (event.k) {
      case 'map':
        return subject.k === 'map' || subject.k === 'lifecycle' || subject.k === 'pool' || event === live;
      case 'put':
        return subject.k === 'free';
      case 'alloc':
      case 'free':
        return event === subject;
      default:
        return true;
    }
  };
  return events.filter(tells);
}

/** The last mapping that nothing unmapped, or null. */
export function liveMapping(events: readonly DeviceEvent[]): DeviceEvent | null {
  const last = events.findLast((event) => event.k === 'map' || event.k === 'unmap');
  return last?.k === 'map' ? last : null;
}

/**
 * The first use of a device that the path creates, if that is before its first mask, which is the subject: device_add(), when
 * a driver binds, or a map. Null if the device has a mask by then, or other code may have set one.
 */
export function usedBeforeMask(path: DevicePath): DeviceEvent | null {
  if (path.subject.k !== 'mask' || path.subject.effect.which === 'coherent') return null;
  const events = eventsOn(path);
  const masked = events.findIndex((event) => event.k === 'mask' && event.effect.which !== 'coherent');
  const before = events.slice(0, masked);
  if (events[masked] !== path.subject || !before.some(initializes) || !startsWithoutMask(path)) return null;
  const used = before.findIndex((event) => event.k === 'map' || (adds(event) && isOnBus(path)));
  const first = before[used];
  if (!first || path.escapesAt < offsetInRoot(first) || before.slice(0, used).some(makesPoolUnknown)) return null;
  return first;
}

const initializes = (event: DeviceEvent): boolean => event.k === 'lifecycle' && event.word === 'device_initialize';
/** True for a device on a bus; drivers bind to no others. */
function isOnBus({ bus, state, device }: DevicePath): boolean {
  const own = read(state, field(device, 'bus'));
  return bus !== null || (own.k === 'address' && own.of.k === 'global');
}

const adds = (event: DeviceEvent): boolean => event.k === 'lifecycle' && event.word === 'device_add';

/** Adds the steps that show the effect of the subject; data stored in memory counts for the call that allocated it. */
function endOf(path: DevicePath, events: readonly DeviceEvent[], steps: Step[]): Mapped {
  const { judged } = lastStep(steps);
  steps.push(...afterSubject(path, events));
  return path.subject.k === 'alloc' ? { judged, counted: [judged, steps.length] } : lastStep(steps);
}

/** The steps that show the effect of the subject: a store to the new memory, or the earlier map under the new mask. */
function afterSubject(path: DevicePath, events: readonly DeviceEvent[]): Step[] {
  const { subject } = path;
  if (subject.k === 'alloc') {
    const size = integerOr(subject.size, pageBytes);
    return [{ op: 'cpu_write', allocation: allocationId, offset: 0, size, comment: 'the driver stores private data' }];
  }
  const mapped = subject.k === 'mask' ? (usedBeforeMask(path) ?? liveMapping(events)) : null;
  const again = mapped?.k === 'map' ? mapStep(mapped.effect, mapped, 'again') : null;
  if (again) return [{ ...again, comment: 'the same buffer, mapped again' }];
  return mapped?.k === 'lifecycle' ? [mapAgain] : [];
}

/** The step that sets a mask, for programs of the driver's other functions. */
export function maskStep(path: DevicePath, placeOf: Filling['placeOf']): Registration {
  const step = stepFor(path.subject, undefined, undefined, placeOf(path.subject));
  return step && step !== 'merged' ? [step] : [];
}

/** The stores to the pool on a driver's path, for programs of its other functions. */
export function ownSteps(path: DevicePath, placeOf: Filling['placeOf']): Registration {
  return eventsOn(path).flatMap((event) => {
    const step = event.k === 'pool' ? stepFor(event, undefined, undefined, placeOf(event)) : null;
    return step && step !== 'merged' ? [step] : [];
  });
}

/** The steps of a registration path before a driver sees the device, for programs of drivers. */
export function registrationSteps(path: DevicePath, placeOf: Filling['placeOf']): Registration {
  const { program } = buildProgram(path, {
    scenario: { machine: { kernel: '7.1', coco: 'none', swiotlb: 'default' } },
    deviceTrust: null,
    registration: () => [],
    when: [],
    placeOf,
  });
  const bound = program.steps.findIndex((step) => step.op === 'dma_map_page');
  return program.steps.slice(0, bound).filter((step) => step.op !== 'device');
}

function deviceStep(path: DevicePath, events: readonly DeviceEvent[], filling: Filling, registers: boolean): Step {
  const { deviceTrust } = filling;
  const common = {
    op: 'device',
    id: deviceId,
    lifecycle: ['zeroed'] as LifecycleWord[],
    coherentMask: 0,
    ...trustOfStep(deviceTrust),
    ...filling.scenario.device,
  } as const;
  if (path.noMaskPointer) return { ...common, maskPointer: false };
  if (!registers || path.subject.k === 'mask') return common;
  const sets = (member: string): boolean => events.some((event) => event.k === 'field' && event.name === member);
  const masked = events.some((event) => event.k === 'mask');
  // without a mask on the path, code elsewhere sets up the DMA parameters
  return { ...common, maskPointer: !masked || mayHoldMask(path), dmaParms: sets('dma_parms') || !masked };
}

/** False if the device's memory was zeroed and dma_mask not set; a device made elsewhere may have it. */
function mayHoldMask({ state, device }: DevicePath): boolean {
  const pointer = read(state, field(device, 'dma_mask'));
  return pointer.k !== 'int' || pointer.n !== 0;
}

/**
 * True if only a call can have set the device's mask: the path zeroed its memory, or set dma_mask and stored nothing there.
 */
function startsWithoutMask({ state, device }: DevicePath): boolean {
  const pointer = read(state, field(device, 'dma_mask'));
  const mask = pointer.k === 'address' ? read(state, pointer.of) : pointer;
  return mask.key === '0' || (pointer.k === 'address' && mask.k === 'init');
}

/** The members of a device step about trust. */
export function trustOfStep(deviceTrust: DeviceTrust | null): Pick<DeviceStep, 'channel' | 'confidential'> {
  if (!deviceTrust) return {};
  return deviceTrust.accepted
    ? { confidential: true }
    : { channel: { ring: deviceTrust.ring, external: deviceTrust.external } };
}

type Mapped = Pick<BuiltProgram, 'judged' | 'counted'>;

/** Judges the last step. */
function lastStep({ length }: readonly Step[]): Mapped {
  return { judged: length - 1, counted: [length - 1, length] };
}

/** A driver binds: it sets its mask unless the bus did, and maps one page or does the I/O of the scenario's driver. */
function bindDriver(
  steps: Step[],
  before: readonly DeviceEvent[],
  { machine, driver }: Filling['scenario'],
  masked = false,
): Mapped {
  if (!masked && !before.some((event) => event.k === 'mask'))
    steps.push({ op: 'dma_set_mask_and_coherent', device: deviceId, bits: 64 });
  if (driver === undefined) {
    steps.push(driverMap);
    return lastStep(steps);
  }
  const from = steps.length;
  steps.push(...trafficOf(driver, { device: deviceId, isolated: machine.coco !== 'none', kernel: machine.kernel }));
  const judged = steps.findIndex(
    ({ op }, index) => index >= from && (op.startsWith('dma_map_') || op === 'vmbus_sendpacket'),
  );
  return { judged, counted: [from, steps.length] };
}

/** True if the path restores the pool that the device had on entry to the function. */
function savesEntryPool(events: readonly DeviceEvent[]): boolean {
  return events.some((event) => event.k === 'pool' && poolOf(event) === 'entry');
}

/** The step for an event; `merged` for the second half of device_register(); null if the machine has no such step. */
export function stepFor(
  event: DeviceEvent,
  next: DeviceEvent | undefined,
  last: DeviceEvent | undefined,
  at: Place,
): Step | 'merged' | null {
  switch (event.k) {
    case 'lifecycle':
      return lifecycleStep(event, next, last, at);
    case 'pool': {
      const pool = poolOf(event);
      if (pool === 'unknown') return null;
      const word: LifecycleWord =
        pool === 'entry' ? 'pool=saved:entry' : pool === 'null' ? 'pool=null' : 'pool=default';
      return { op: 'lifecycle', device: deviceId, do: word, at };
    }
    case 'field': {
      const bits = event.name === 'coherent_dma_mask' ? maskBits(event.value) : null;
      return bits === null ? null : { op: 'dma_set_coherent_mask', device: deviceId, bits, at };
    }
    case 'mask': {
      const bits = maskBits(event.bits) ?? (event.pointer.key === '0' ? 64 : null);
      const op = (
        { streaming: 'dma_set_mask', coherent: 'dma_set_coherent_mask', both: 'dma_set_mask_and_coherent' } as const
      )[event.effect.which];
      return bits === null ? null : { op, device: deviceId, bits, at };
    }
    case 'min-align':
      return event.mask.k === 'int' && event.mask.n >= 0
        ? { op: 'dma_set_min_align_mask', device: deviceId, mask: event.mask.n, at }
        : null;
    case 'map':
      return mapStep(event.effect, event, at);
    case 'alloc':
      return allocStep(event, at);
    case 'put':
      return { op: 'lifecycle', device: deviceId, do: 'put_device', at };
    case 'free':
      return { op: 'lifecycle', device: deviceId, do: 'kfree', at };
    case 'unmap':
    case 'compare':
    case 'name':
    case 'add-failed':
      return null;
  }
}

function lifecycleStep(
  event: DeviceEvent & { k: 'lifecycle' },
  next: DeviceEvent | undefined,
  last: DeviceEvent | undefined,
  at: Place,
): Step | 'merged' | null {
  const same = (other: DeviceEvent | undefined): boolean =>
    other?.k === 'lifecycle' &&
    other.name === event.name &&
    other.site.in === event.site.in &&
    other.site.start === event.site.start;
  if (event.word === 'device_initialize') {
    const word = event.name === 'device_register' && same(next) ? 'device_register' : 'device_initialize';
    return { op: 'lifecycle', device: deviceId, do: word, at };
  }
  if (event.word === 'device_add')
    return same(last) ? 'merged' : { op: 'lifecycle', device: deviceId, do: 'device_add', at };
  return null;
}

/** `enum dma_data_direction`. */
export const directions: Readonly<Record<number, DmaDirection>> = {
  0: 'bidirectional',
  1: 'to_device',
  2: 'from_device',
};

type MapEvent = Pick<Extract<DeviceEvent, { size: unknown }>, 'size' | 'offset' | 'direction'>;

function integerOr(value: MapEvent['size'], otherwise: number): number {
  return value?.k === 'int' && value.n > 0 ? value.n : otherwise;
}

const allocationId = 'c0';

function allocStep(event: Extract<DeviceEvent, { gfp: unknown }>, at: Place): Step {
  const atomic = event.gfp?.k === 'constant' && event.gfp.name === 'GFP_ATOMIC';
  const op = event.name === 'dma_alloc_noncoherent' ? 'dma_alloc_pages' : 'dma_alloc_coherent';
  const size = integerOr(event.size, pageBytes);
  return { op, id: allocationId, device: deviceId, size, gfp: atomic ? 'atomic' : 'kernel', at };
}

function mapStep(effect: ApiEffect, event: MapEvent, at: Place | 'again'): (MapPageStep | MapSgStep) | null {
  if (effect.kind !== 'map') return null;
  const dir = event.direction?.k === 'int' ? (directions[event.direction.n] ?? 'to_device') : 'to_device';
  const size = integerOr(event.size, pageBytes);
  const offset = integerOr(event.offset, 0) % pageBytes;
  const phys = '0x120000000';
  const which = at === 'again' ? '1' : '0';
  const place = at === 'again' ? {} : { at };
  if (effect.form === 'sg')
    return { op: 'dma_map_sg', id: `s${which}`, device: deviceId, entries: [{ phys, offset: 0, size }], dir, ...place };
  return { op: 'dma_map_page', id: `m${which}`, device: deviceId, phys, offset, size, dir, ...place };
}
