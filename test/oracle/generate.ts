import { Random } from './random';
import type { DmaDirection, LifecycleWord, Machine, SgEntry } from '../../src/program/types';
import type { GuestConfig } from './guest';
import type { OracleProgram, OracleStep } from './program';

/** The boots that programs are spread over. Pools are small, so that programs can fill them. */
export const guestConfigs: readonly GuestConfig[] = [
  { swiotlb: 'default', slots: 1024, areas: 1 },
  { swiotlb: 'force', slots: 512, areas: 1 },
  { swiotlb: 'force', slots: 1024, areas: 4 },
  { swiotlb: 'noforce', slots: 512, areas: 1 },
];

/** Programs per hundred that each of {@link guestConfigs} gets. */
const configShares = [34, 34, 24, 8];

/** Memory that programs may name (`windows` in module/memory.c). */
const windowStarts = [0x3fe00000, 0x7fe00000, 0x104000000, 0x140000000];
const windowSize = 4 << 20;
const pageSize = 4096;

/** Ways a device comes to be. Those that would crash a kernel (an add without initialize, a second add) are left out. */
const lifecycles: readonly (readonly [number, readonly LifecycleWord[]])[] = [
  [30, ['device_register']],
  [14, ['device_initialize', 'device_add']],
  [8, ['device_initialize']],
  [6, ['device_initialize', 'pool=null', 'device_add']],
  [4, ['device_register', 'pool=null']],
  [4, ['pool=null', 'device_register']],
  [3, ['pool=null', 'device_initialize', 'device_add']],
  [3, ['zeroed']],
  [4, ['zeroed', 'pool=default']],
  [3, ['device_initialize', 'pool=null', 'device_register']],
  [2, ['device_initialize', 'pool=null', 'device_initialize', 'device_add']],
  [6, ['device_initialize', 'save-pool:p', 'pool=null', 'device_add']],
  [3, ['save-pool:p', 'device_register', 'pool=saved:p']],
];

const maskBits: readonly (readonly [number, number])[] = [
  [44, 64],
  [20, 32],
  [6, 31],
  [6, 30],
  [4, 40],
  [4, 36],
  [6, 33],
  [2, 29],
  [2, 24],
  [2, 23],
  [1, 16],
  [2, 48],
];

const alignMasks: readonly (readonly [number, number])[] = [
  [40, 0xfff],
  [12, 0x7ff],
  [12, 0x1fff],
  [8, 0x1ff],
  [6, 0x3fff],
  [4, 0xffff],
  [4, 0x3ff],
  [8, 0],
];

const directions: readonly DmaDirection[] = ['to_device', 'from_device', 'bidirectional'];

interface LiveMapping {
  readonly id: string;
  readonly sg: boolean;
  readonly size: number;
  readonly buffers: readonly SgEntry[];
}

/** Builds one program, keeping just enough of its state to name only what exists. */
class Builder {
  readonly steps: OracleStep[] = [];
  private readonly devices: string[] = [];
  /** Devices that device_initialize() has seen and device_add() has not. */
  private readonly addable = new Set<string>();
  private readonly live: LiveMapping[] = [];
  private readonly allocations: string[] = [];
  private readonly seen: SgEntry[] = [];
  private saved = false;
  private serial = 0;
  private writes = 0;

  constructor(
    private readonly random: Random,
    private readonly filling: boolean,
  ) {}

  get mappings(): number {
    return this.live.length;
  }

  addDevice(): void {
    const { random } = this;
    const id = `d${this.devices.length}`;
    const lifecycle = random.weighted(lifecycles);
    this.devices.push(id);
    if (lifecycle.includes('save-pool:p')) this.saved = true;
    if (lifecycle.includes('device_initialize') && !/device_(add|register)/.test(lifecycle.join()))
      this.addable.add(id);
    this.steps.push({
      op: 'device',
      id,
      lifecycle,
      ...(random.chance(3) ? { maskPointer: false } : {}),
      ...(random.chance(3) ? { dmaParms: false } : {}),
      ...(random.chance(12) ? { mask: random.weighted(maskBits) } : {}),
      ...(random.chance(25) ? { coherentMask: random.weighted(maskBits) } : {}),
    });
    if (random.chance(70)) this.steps.push({ op: 'dma_set_mask', device: id, bits: random.weighted(maskBits) });
    else if (random.chance(60)) this.setBothMasks(id);
    if (random.chance(30)) this.setCoherentMask(id);
    if (random.chance(55)) this.setAlign(id);
  }

  private device(): string {
    return this.random.pick(this.devices);
  }

  private setBothMasks(device: string): void {
    this.steps.push({ op: 'dma_set_mask_and_coherent', device, bits: this.random.weighted(maskBits) });
  }

  private setCoherentMask(device: string): void {
    this.steps.push({ op: 'dma_set_coherent_mask', device, bits: this.random.weighted(maskBits) });
  }

  private setAlign(device: string): void {
    this.steps.push({ op: 'dma_set_min_align_mask', device, mask: this.random.weighted(alignMasks) });
  }

  private size(): number {
    const { random } = this;
    if (this.filling) return random.pick([4096, 8192, 16384, 32768, 65536, 131072, 262144]);
    return random.weighted<() => number>([
      [50, () => random.pick([1, 64, 512, 2048, 2049, 4096, 4097, 6144, 8192])],
      [30, () => random.between(1, 16384)],
      [12, () => random.pick([16384, 65536])],
      [6, () => random.pick([131072, 258048, 258049, 262143, 262144, 262145])],
      [2, () => random.between(1, 300000)],
    ])();
  }

  /** A buffer inside one window; often one that was named before, or one that reaches over the window's middle. */
  private buffer(size: number): SgEntry {
    const { random } = this;
    if (this.seen.length > 0 && random.chance(15)) {
      const again = random.pick(this.seen);
      if (again.size >= size) return { ...again, size };
    }
    const start = random.pick(windowStarts);
    const offset = random.weighted<() => number>([
      [50, () => 0],
      [20, () => 512 * random.between(0, 7)],
      [28, () => random.between(0, pageSize - 1)],
      [2, () => random.between(pageSize, 2 * pageSize)],
    ])();
    const lastPage = Math.floor((windowSize - size - offset) / pageSize);
    const middle = windowSize / 2 / pageSize;
    const page = random.chance(12)
      ? Math.min(lastPage, middle - random.between(0, Math.ceil(size / pageSize)))
      : random.between(0, lastPage);
    const entry = { phys: `0x${(start + page * pageSize).toString(16)}`, offset, size };
    this.seen.push(entry);
    return entry;
  }

  map(): void {
    const id = `m${this.serial++}`;
    const buffer = this.buffer(this.size());
    const dir = this.random.pick(directions);
    this.steps.push({ op: 'dma_map_page', id, device: this.device(), ...buffer, dir });
    this.live.push({ id, sg: false, size: buffer.size, buffers: [buffer] });
  }

  private mapSg(): void {
    const id = `s${this.serial++}`;
    const entries = Array.from({ length: this.random.between(1, 5) }, () => this.buffer(this.size()));
    this.steps.push({ op: 'dma_map_sg', id, device: this.device(), entries, dir: this.random.pick(directions) });
    this.live.push({ id, sg: true, size: entries.reduce((sum, { size }) => sum + size, 0), buffers: entries });
  }

  private unmap(): void {
    if (this.live.length === 0) return;
    const [mapping] = this.live.splice(this.random.between(0, this.live.length - 1), 1) as [LiveMapping];
    this.steps.push({ op: mapping.sg ? 'dma_unmap_sg' : 'dma_unmap_page', mapping: mapping.id });
  }

  /** Part of `size` bytes; all of it as often as not. */
  private part(size: number): { offset: number; size: number } {
    if (this.random.chance(50)) return { offset: 0, size };
    const offset = this.random.between(0, size - 1);
    return { offset, size: this.random.between(1, size - offset) };
  }

  private sync(): void {
    if (this.live.length === 0) return;
    const mapping = this.random.pick(this.live);
    const op = this.random.chance(60) ? 'dma_sync_for_cpu' : 'dma_sync_for_device';
    this.steps.push({
      op,
      mapping: mapping.id,
      ...(mapping.sg ? { offset: 0, size: mapping.size } : this.part(mapping.size)),
    });
  }

  private write(): void {
    // Writes are told apart by a number from 1 to 15.
    if (this.live.length === 0 || this.writes === 15) return;
    this.writes++;
    const mapping = this.random.pick(this.live);
    if (this.random.chance(60)) {
      this.steps.push({ op: 'device_write', mapping: mapping.id, ...this.part(mapping.size) });
      return;
    }
    const { phys, offset, size } = this.random.pick(mapping.buffers);
    const part = this.part(size);
    this.steps.push({ op: 'cpu_write', phys, offset: offset + part.offset, size: part.size });
  }

  private lifecycle(): void {
    const device = this.device();
    const words: (readonly [number, LifecycleWord])[] = [
      [30, 'pool=null'],
      [22, 'pool=default'],
      [10, 'save-pool:p'],
      [6, 'device_initialize'],
      [5, 'device_register'],
    ];
    if (this.saved) words.push([20, 'pool=saved:p']);
    if (this.addable.has(device)) words.push([30, 'device_add']);
    const word = this.random.weighted(words);
    if (word === 'save-pool:p') this.saved = true;
    if (word === 'device_initialize') this.addable.add(device);
    else if (word === 'device_add' || word === 'device_register') this.addable.delete(device);
    this.steps.push({ op: 'lifecycle', device, do: word });
  }

  private alloc(): void {
    const id = `c${this.allocations.length}`;
    const size = this.random.pick([64, 4096, 4097, 8192, 16384]);
    const gfp = this.random.chance(35) ? 'atomic' : 'kernel';
    if (this.allocations.length === 6) return;
    this.allocations.push(id);
    this.steps.push({ op: 'dma_alloc_coherent', id, device: this.device(), size, gfp });
  }

  private free(): void {
    const id = this.allocations.find(
      (name) => !this.steps.some((s) => s.op === 'dma_free_coherent' && s.allocation === name),
    );
    if (id !== undefined) this.steps.push({ op: 'dma_free_coherent', allocation: id });
  }

  /** One more step; mapping outweighs unmapping while the program is `growing`. */
  step(growing: boolean): void {
    const { random } = this;
    random.weighted<() => void>([
      [growing ? 40 : 14, () => this.map()],
      [growing ? 8 : 4, () => this.mapSg()],
      [growing ? 10 : 30, () => this.unmap()],
      [14, () => this.sync()],
      [14, () => this.write()],
      [3, () => this.lifecycle()],
      [2, () => this.steps.push({ op: 'dma_set_mask', device: this.device(), bits: random.weighted(maskBits) })],
      [1, () => this.setCoherentMask(this.device())],
      [1, () => this.setBothMasks(this.device())],
      [1, () => this.setAlign(this.device())],
      [2, () => this.steps.push({ op: 'dma_max_mapping_size', device: this.device() })],
      [3, () => this.alloc()],
      [2, () => this.free()],
    ])();
  }

  /** Unmaps most of what is left. */
  drain(): void {
    while (this.live.length > 0 && this.random.chance(90)) this.unmap();
  }
}

/** Program number `index` of seed `seed`, for a machine booted as `config`. The kernel and `poolStart` are still to be set. */
export function generateProgram(seed: number, index: number, config: GuestConfig): OracleProgram {
  const random = new Random(Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b));
  const machine: Machine = {
    kernel: '6.12',
    coco: 'none',
    swiotlb: config.swiotlb,
    slots: config.slots,
    areas: config.areas,
    memory: 6 * 1024 ** 3,
    forceDmaUnencrypted: random.chance(40),
    restrictedPool: false,
  };
  const filling = random.chance(8);
  const builder = new Builder(random, filling);
  const devices = random.between(1, 4);
  for (let i = 0; i < devices; i++) builder.addDevice();
  const length = filling ? random.between(60, 140) : random.between(5, 45);
  for (let i = 0; i < length; i++) builder.step(filling ? i < (length * 3) / 4 : i % 30 < 20);
  if (random.chance(50)) builder.drain();
  return { version: 1, machine, steps: builder.steps };
}

/** The boot that program number `index` of a run runs on. */
export function configOf(seed: number, index: number): GuestConfig {
  const random = new Random(Math.imul(seed, 0xc2b2ae35) ^ index);
  return random.weighted(guestConfigs.map((config, i) => [configShares[i] ?? 0, config] as const));
}
