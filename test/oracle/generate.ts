import { maxWrites, Memory, sizeOf, type Choices } from './choices';
import { Random } from './random';
import { atLeast } from '../../src/kernel/versions';
import type {
  AllocStep,
  DmaAttribute,
  DmaDirection,
  DmaProgram,
  LifecycleWord,
  Machine,
  SgEntry,
  Step,
} from '../../src/program/types';
import type { GuestConfig } from './guest';
import type { OracleKernel } from './packages';

const directions: readonly DmaDirection[] = ['to_device', 'from_device', 'bidirectional'];
const allocOps: readonly AllocStep['op'][] = ['dma_alloc_coherent', 'dma_alloc_pages', 'dma_alloc_noncontiguous'];
const maxAllocations = 6;

/** What may happen to the pool of a device that is in use. */
const poolWords: readonly (readonly [number, LifecycleWord])[] = [
  [30, 'pool=null'],
  [22, 'pool=default'],
  [10, 'save-pool:p'],
  [6, 'device_initialize'],
  [5, 'device_register'],
];

interface LiveMapping {
  readonly id: string;
  readonly kind: 'page' | 'single' | 'phys' | 'sg' | 'resource';
  readonly size: number;
  readonly dir: DmaDirection;
  readonly buffers: readonly SgEntry[];
}

interface LiveDevice {
  readonly id: string;
  initialized: boolean;
  added: boolean;
  references: number;
  /** Keeps its pool: an allocation that is freed after the pool changed would go to the page allocator. */
  restricted: boolean;
}

/** Builds one program, keeping just enough of its state to name only what exists and to crash no kernel. */
class Builder {
  readonly steps: Step[] = [];
  private readonly devices: LiveDevice[] = [];
  private readonly live: LiveMapping[] = [];
  private readonly allocations: { readonly id: string; readonly op: AllocStep['op'] }[] = [];
  private readonly memory: Memory;
  private saved = false;
  private serial = 0;
  private writes = 0;

  constructor(
    private readonly random: Random,
    private readonly choices: Choices,
    private readonly filling: boolean,
    private readonly privateMemory: boolean,
    private readonly kernel: OracleKernel,
  ) {
    this.memory = new Memory(random);
  }

  private name(letter: string): string {
    return `${letter}${this.serial++}`;
  }

  /** Adds a device with its masks, ready for use as often as not. */
  addDevice(): void {
    const { random } = this;
    const lifecycle = random.weighted(this.choices.lifecycles);
    const device: LiveDevice = {
      id: this.name('d'),
      initialized: false,
      added: false,
      references: 0,
      restricted: false,
    };
    for (const word of lifecycle) this.follow(device, word);
    this.devices.push(device);
    const { id } = device;
    this.steps.push({
      op: 'device',
      id,
      lifecycle,
      // The devices of the guest can write everywhere, as one that may do DMA to private memory.
      ...(this.privateMemory ? { confidential: true } : {}),
      ...(this.privateMemory && random.chance(this.choices.privateDma) ? { privateDma: true } : {}),
      ...(random.chance(3) ? { maskPointer: false } : {}),
      ...(random.chance(3) ? { dmaParms: false } : {}),
      ...(random.chance(12) ? { mask: random.weighted(this.choices.maskBits) } : {}),
      ...(random.chance(25) ? { coherentMask: random.weighted(this.choices.coherentBits) } : {}),
    });
    if (random.chance(70))
      this.steps.push({ op: 'dma_set_mask', device: id, bits: random.weighted(this.choices.maskBits) });
    else if (random.chance(60)) this.setBothMasks(id);
    // That pool is not forced: what reaches all memory never bounces through it.
    if (lifecycle.includes('pool=private') && random.chance(60))
      this.steps.push({ op: 'dma_set_mask', device: id, bits: 32 });
    if (random.chance(30)) this.setCoherentMask(id);
    if (random.chance(55)) this.setAlign(id);
  }

  private follow(device: LiveDevice, word: LifecycleWord): void {
    if (word === 'device_initialize' || word === 'device_register') {
      device.initialized = true;
      device.references = 1;
      device.added = false;
    }
    if (word === 'device_add' || word === 'device_register') device.added = true;
    if (word === 'device_del' || word === 'device_unregister') device.added = false;
    if (word === 'get_device') device.references++;
    if (word === 'put_device' || word === 'device_unregister') device.references--;
    if (word.startsWith('save-pool:')) this.saved = true;
    if (word === 'pool=restricted') device.restricted = true;
  }

  private device(): string {
    return this.random.pick(this.devices).id;
  }

  private setBothMasks(device: string): void {
    this.steps.push({ op: 'dma_set_mask_and_coherent', device, bits: this.random.weighted(this.choices.maskBits) });
  }

  private setCoherentMask(device: string): void {
    this.steps.push({ op: 'dma_set_coherent_mask', device, bits: this.random.weighted(this.choices.maskBits) });
  }

  private setAlign(device: string): void {
    this.steps.push({ op: 'dma_set_min_align_mask', device, mask: this.random.weighted(this.choices.alignMasks) });
  }

  private attrs(skipSync: number, noWarn: number): { attrs?: DmaAttribute[] } {
    const attrs: DmaAttribute[] = [];
    if (this.random.chance(skipSync)) attrs.push('skip_cpu_sync');
    if (this.random.chance(noWarn)) attrs.push('no_warn');
    if (this.knowsShared()) attrs.push(...this.youngAttrs());
    return attrs.length > 0 ? { attrs } : {};
  }

  /** The kernel has dma_map_phys() and the attributes that came with and after it. */
  private knowsShared(): boolean {
    return atLeast(this.kernel, '7.1');
  }

  private youngAttrs(): DmaAttribute[] {
    const { random } = this;
    return [
      ...(random.chance(12) ? (['cc_shared'] as const) : []),
      ...(random.chance(4) ? (['mmio'] as const) : []),
      ...(random.chance(5) ? (['require_coherent'] as const) : []),
    ];
  }

  private keep(mapping: LiveMapping): void {
    this.live.push(mapping);
    if (this.random.chance(15)) this.steps.push({ op: 'dma_mapping_error', mapping: mapping.id });
  }

  /** Maps one buffer. */
  map(): void {
    const { random } = this;
    const id = this.name('m');
    const buffer = this.memory.buffer(sizeOf(random, this.filling));
    const dir = random.pick(directions);
    const head = { id, device: this.device(), ...buffer, dir, ...this.attrs(4, 6) };
    const kind = random.chance(25) ? 'single' : this.knowsShared() && random.chance(60) ? 'phys' : 'page';
    if (kind === 'phys') this.steps.push({ op: 'dma_map_phys', ...head });
    else if (kind === 'page') this.steps.push({ op: 'dma_map_page', ...head });
    else this.steps.push({ op: 'dma_map_single', ...head, ...(random.chance(8) ? { memory: 'vmalloc' } : {}) });
    this.keep({ id, kind, size: buffer.size, dir, buffers: [buffer] });
  }

  private mapSg(): void {
    const { random } = this;
    const id = this.name('s');
    const entries = Array.from({ length: random.between(1, this.choices.maxEntries) }, () =>
      this.memory.buffer(sizeOf(random, this.filling)),
    );
    const dir = random.pick(directions);
    this.steps.push({ op: 'dma_map_sg', id, device: this.device(), entries, dir, ...this.attrs(4, 6) });
    this.live.push({ id, kind: 'sg', size: entries.reduce((sum, { size }) => sum + size, 0), dir, buffers: entries });
  }

  private mapResource(): void {
    const id = this.name('r');
    const phys = this.random.pick(['0xfd000000', '0xc0001000', '0x3d0000000']);
    const size = this.random.pick([4, 4096, 65536]);
    const dir = this.random.pick(directions);
    const attrs = this.knowsShared() && this.random.chance(40) ? { attrs: ['cc_shared' as const] } : {};
    this.steps.push({ op: 'dma_map_resource', id, device: this.device(), phys, size, dir, ...attrs });
    this.keep({ id, kind: 'resource', size, dir, buffers: [] });
  }

  private unmap(): void {
    const { random, live } = this;
    if (live.length === 0) return;
    const at = random.between(0, live.length - 1);
    const { id, kind, size, buffers } = live[at] as LiveMapping;
    // Now and then a mapping is unmapped twice, or with something else than it was mapped with.
    if (!random.chance(this.choices.unmappedTwice)) live.splice(at, 1);
    const odd: { size?: number; dir?: DmaDirection; entries?: number } = {};
    if (kind === 'sg') {
      if (random.chance(3)) odd.entries = random.between(1, buffers.length);
    } else if (kind !== 'resource' && random.chance(3)) {
      odd.size = random.chance(70) ? random.between(1, size) : size + random.between(1, 4096);
    }
    if (random.chance(3)) odd.dir = random.pick(directions);
    this.steps.push({ op: `dma_unmap_${kind}`, mapping: id, ...odd, ...this.attrs(8, 0) });
  }

  /** Part of `size` bytes; all of it as often as not. */
  private part(size: number): { offset: number; size: number } {
    if (this.random.chance(50)) return { offset: 0, size };
    const offset = this.random.between(0, size - 1);
    return { offset, size: this.random.between(1, size - offset) };
  }

  private inMemory(): LiveMapping[] {
    return this.live.filter(({ kind }) => kind !== 'resource');
  }

  private sync(): void {
    const { random } = this;
    const candidates = this.inMemory();
    if (candidates.length === 0) return;
    const { id: mapping, kind, size } = random.pick(candidates);
    const odd = random.chance(3) ? { dir: random.pick(directions) } : {};
    const forCpu = random.chance(60);
    if (kind === 'sg')
      this.steps.push({ op: forCpu ? 'dma_sync_sg_for_cpu' : 'dma_sync_sg_for_device', mapping, ...odd });
    else {
      const op = forCpu ? 'dma_sync_single_for_cpu' : 'dma_sync_single_for_device';
      this.steps.push({ op, mapping, ...this.part(size), ...odd });
    }
  }

  private access(): void {
    const { random } = this;
    const candidates = this.inMemory();
    if (candidates.length === 0) return;
    const mapping = random.pick(candidates);
    const { phys, offset, size } = random.pick(mapping.buffers);
    const part = this.part(size);
    const where = { phys, offset: offset + part.offset, size: part.size };
    if (random.chance(20)) this.steps.push({ op: 'cpu_read', ...where });
    // Writes are told apart by a number.
    else if (++this.writes > maxWrites) return;
    else if (random.chance(35)) this.steps.push({ op: 'cpu_write', ...where });
    else this.steps.push({ op: 'device_write', mapping: mapping.id, ...this.part(mapping.size) });
  }

  private lifecycle(): void {
    const { random } = this;
    const device = random.pick(this.devices);
    const words: (readonly [number, LifecycleWord])[] = device.restricted ? [] : [...poolWords];
    if (this.saved && !device.restricted) words.push([20, 'pool=saved:p']);
    if (device.initialized) words.push([14, 'get_device']);
    if (device.initialized && !device.added) words.push([30, 'device_add']);
    if (device.added) words.push([12, 'device_del']);
    // The last reference frees the device, and nothing may name it after that.
    if (device.references > 1) words.push([30, 'put_device']);
    if (device.references > 1 && device.added) words.push([30, 'device_unregister']);
    const word = random.weighted(words);
    this.follow(device, word);
    this.steps.push({ op: 'lifecycle', device: device.id, do: word });
  }

  private alloc(): void {
    if (this.serial > 0 && this.allocations.length >= maxAllocations) return;
    const { random } = this;
    const id = this.name('c');
    const op = random.weighted(allocOps.map((name, i) => [i === 0 ? 2 : 1, name] as const));
    this.allocations.push({ id, op });
    const size = random.pick([64, 4096, 4097, 8192, 16384]);
    const attrs = op === 'dma_alloc_coherent' ? this.attrs(0, 8) : {};
    this.steps.push({ op, id, device: this.device(), size, gfp: random.chance(35) ? 'atomic' : 'kernel', ...attrs });
  }

  private free(): void {
    if (this.allocations.length === 0) return;
    const { id, op } = this.random.pick(this.allocations);
    if (this.steps.some((step) => 'allocation' in step && step.allocation === id)) return;
    const names = {
      dma_alloc_coherent: 'dma_free_coherent',
      dma_alloc_pages: 'dma_free_pages',
      dma_alloc_noncontiguous: 'dma_free_noncontiguous',
    } as const;
    this.steps.push({ op: names[op], allocation: id });
  }

  /** One more step; mapping outweighs unmapping while the program is `growing`. */
  step(growing: boolean): void {
    const { random } = this;
    random.weighted<() => void>([
      [growing ? 38 : 14, () => this.map()],
      [growing ? 8 : 4, () => this.mapSg()],
      [2, () => this.mapResource()],
      [growing ? 10 : 30, () => this.unmap()],
      [14, () => this.sync()],
      [14, () => this.access()],
      [5, () => this.lifecycle()],
      [
        2,
        () =>
          this.steps.push({ op: 'dma_set_mask', device: this.device(), bits: random.weighted(this.choices.maskBits) }),
      ],
      [1, () => this.setCoherentMask(this.device())],
      [1, () => this.setBothMasks(this.device())],
      [1, () => this.setAlign(this.device())],
      [2, () => this.steps.push({ op: 'dma_max_mapping_size', device: this.device() })],
      [4, () => this.alloc()],
      [3, () => this.free()],
    ])();
  }

  /** Unmaps most of what is left, and lets devices go. */
  drain(): void {
    while (this.live.length > 0 && this.random.chance(90)) this.unmap();
    for (const device of this.devices) {
      if (!device.added || this.random.chance(60)) continue;
      this.follow(device, 'device_unregister');
      this.steps.push({ op: 'lifecycle', device: device.id, do: 'device_unregister' });
    }
  }
}

/** Program number `index` of seed `seed`, for a machine booted as `config`. `poolStart` is still to be set. */
export function generateProgram(
  choices: Choices,
  seed: number,
  index: number,
  kernel: OracleKernel,
  config: GuestConfig,
): DmaProgram {
  const random = new Random(Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b));
  const machine: Machine = {
    kernel,
    coco: config.confidential ? 'tdx' : 'none',
    swiotlb: config.swiotlb,
    slots: config.slots,
    areas: config.areas,
    memory: 6 * 1024 ** 3,
    ...choices.machine,
  };
  const filling = random.chance(choices.filling);
  const builder = new Builder(random, choices, filling, config.confidential, kernel);
  const devices = random.between(1, 4);
  for (let i = 0; i < devices; i++) builder.addDevice();
  const length = filling ? random.between(60, 140) : random.between(5, 45);
  for (let i = 0; i < length; i++) builder.step(filling ? i < (length * 3) / 4 : i % 30 < 20);
  if (random.chance(50)) builder.drain();
  return { version: 1, machine, steps: builder.steps };
}

/** The boot that program number `index` of a run runs on. */
export function configOf(choices: Choices, seed: number, index: number): GuestConfig {
  const random = new Random(Math.imul(seed, 0xc2b2ae35) ^ Math.imul(index + 1, 0x27d4eb2f));
  return random.weighted(choices.guestConfigs);
}
