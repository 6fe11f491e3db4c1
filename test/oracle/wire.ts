import type {
  AllocStep,
  DmaAttribute,
  DmaDirection,
  DmaProgram,
  LifecycleWord,
  MapPageStep,
  MapResourceStep,
  MapSgStep,
  Step,
} from '../../src/program/types';

/** One mapped buffer. */
export interface RawBuffer {
  readonly dma: number;
  /** -1 when it was not bounced. */
  readonly slot: number;
  /** The pool, unless it is the default pool: `grown1` and so on by age, `transient`, `restricted`, `private`. */
  readonly pool?: string;
  readonly data: readonly number[] | null;
}

/** What one step did, as the module says it (see module/steps.c); which members are there depends on the step. */
export interface RawStep {
  readonly pool?: 'null' | 'default' | 'other';
  readonly ret?: number;
  readonly bytes?: string;
  /** Slots taken (or given back, if negative). */
  readonly used?: number;
  /** Calls of swiotlb_tbl_map_single(). */
  readonly tries?: number;
  /** One a mapped buffer; absent when the map failed. */
  readonly buf?: readonly RawBuffer[];
  /** Bytes that swiotlb_bounce() was asked to copy. */
  readonly copied?: number;
  /** Runs of the original memory, one list a buffer: tag, length, tag, length... */
  readonly orig?: readonly (readonly number[])[];
  readonly data?: readonly (readonly number[] | null)[];
  readonly ok?: number;
  /** The kernel did not come back from the call. */
  readonly oops?: number;
  readonly decrypts?: number;
  /** Calls of dma_alloc_from_pool(). */
  readonly fromPool?: number;
  /** The step's mapping or allocation had failed, so there was nothing to do. */
  readonly dead?: number;
  readonly m?: readonly string[];
}

/** The module's answer to one program. */
export interface Answer {
  readonly id: number;
  readonly steps: readonly RawStep[];
  readonly error?: string;
}

/** In the order of enum word in module/device.c. */
const lifecycleCodes: readonly string[] = [
  'zeroed',
  'device_initialize',
  'device_add',
  'device_register',
  'pool=null',
  'pool=default',
  'pool=saved',
  'save-pool',
  'device_del',
  'device_unregister',
  'get_device',
  'put_device',
  'pool=restricted',
  'pool=private',
];

/** The values of enum dma_data_direction. */
const directions: Readonly<Record<DmaDirection, number>> = { bidirectional: 0, to_device: 1, from_device: 2 };

/** enum map_kind and enum alloc_kind in module/oracle.h. */
const mapKinds = { page: 0, single: 1, vmalloc: 2, sg: 3, resource: 4, phys: 5 } as const;
const allocKinds = { dma_alloc_coherent: 0, dma_alloc_pages: 1, dma_alloc_noncontiguous: 2 } as const;

/** DMA_ATTR_*. */
const attributeBits: Readonly<Record<DmaAttribute, number>> = {
  skip_cpu_sync: 1 << 5,
  no_warn: 1 << 8,
  mmio: 1 << 10,
  require_coherent: 1 << 12,
  cc_shared: 1 << 13,
};

/** enum device_flags in module/oracle.h. */
const deviceFlags = { maskPointer: 1, dmaParms: 2, privateDma: 4 } as const;

const maskCodes = { dma_set_mask: 0, dma_set_coherent_mask: 1, dma_set_mask_and_coherent: 2 } as const;

/** Tags run from 1 to 15; 0 is memory that nobody wrote to. */
const lastTag = 15;

/** Numbers for names, given out as they are met. */
class Names {
  private readonly numbers = new Map<string, number>();

  /** The number of a name that is introduced here. */
  add(name: string): number {
    const number = this.numbers.size;
    this.numbers.set(name, number);
    return number;
  }

  /** The number of `name`, introduced or not. */
  of(name: string): number {
    return this.numbers.get(name) ?? this.add(name);
  }
}

type AnyMapStep = MapPageStep | MapSgStep | MapResourceStep;

/** A mapping as its unmap needs it. */
interface MapDefaults {
  readonly dir: DmaDirection;
  /** Bytes, or entries of a scatterlist. */
  readonly size: number;
}

function address(entry: { readonly phys: string; readonly offset?: number }): number {
  return Number.parseInt(entry.phys, 16) + (entry.offset ?? 0);
}

function attributes(attrs: readonly DmaAttribute[] | undefined): number {
  return (attrs ?? []).reduce((bits, attr) => bits | attributeBits[attr], 0);
}

function unsupported(what: string): never {
  throw new Error(`the guest kernels have no ${what}`);
}

function mapKind(step: AnyMapStep): number {
  if (step.op === 'dma_map_sg') return mapKinds.sg;
  if (step.op === 'dma_map_resource') return mapKinds.resource;
  if (step.op === 'dma_map_phys') return mapKinds.phys;
  if (step.op === 'dma_map_page') return mapKinds.page;
  // A stack that is mapped memory, as here, is rejected like vmalloc() memory; others are of no interest.
  return step.memory === 'vmalloc' ? mapKinds.vmalloc : mapKinds.single;
}

/** Turns a program into the one line of text that the module runs. */
class Compiler {
  private readonly devices = new Names();
  private readonly maps = new Names();
  private readonly allocs = new Names();
  private readonly saved = new Names();
  private readonly mapped = new Map<string, MapDefaults>();
  private tag = 0;
  /** The module's steps, and for each the program step it belongs to. */
  readonly parts: string[] = [];
  readonly owners: number[] = [];

  private emit(owner: number, op: string, ...numbers: number[]): void {
    this.parts.push([op, ...numbers.map((n) => n.toString(16))].join(' '));
    this.owners.push(owner);
  }

  private nextTag(): number {
    this.tag = (this.tag % lastTag) + 1;
    return this.tag;
  }

  private word(owner: number, device: string, word: LifecycleWord): void {
    const [, before = word, name = ''] = /^(pool=saved|save-pool):(.*)$/.exec(word) ?? [];
    const code = lifecycleCodes.indexOf(before);
    if (code < 0) unsupported(word);
    this.emit(owner, 'l', this.devices.of(device), code, name === '' ? 0 : this.saved.of(name));
  }

  private map(owner: number, step: AnyMapStep): void {
    const entries = step.op === 'dma_map_sg' ? step.entries : [step];
    this.mapped.set(step.id, { dir: step.dir, size: step.op === 'dma_map_sg' ? entries.length : step.size });
    const head = [this.maps.add(step.id), this.devices.of(step.device), mapKind(step), directions[step.dir]];
    const buffers = entries.flatMap((entry) => [address(entry), entry.size]);
    this.emit(owner, 'p', ...head, attributes(step.attrs), entries.length, ...buffers);
  }

  private alloc(owner: number, step: AllocStep): void {
    const head = [this.allocs.add(step.id), this.devices.of(step.device), allocKinds[step.op]];
    this.emit(owner, 'c', ...head, step.size, step.gfp === 'atomic' ? 1 : 0, attributes(step.attrs));
  }

  private defaults(mapping: string): MapDefaults {
    return this.mapped.get(mapping) ?? unsupported(`mapping ${mapping}`);
  }

  step(step: Step, owner: number): void {
    switch (step.op) {
      case 'device': {
        const flags =
          (step.maskPointer === false ? 0 : deviceFlags.maskPointer) |
          (step.dmaParms === false ? 0 : deviceFlags.dmaParms) |
          (step.privateDma === true ? deviceFlags.privateDma : 0);
        this.emit(owner, 'd', this.devices.add(step.id), flags, step.mask ?? 0, step.coherentMask ?? 0);
        for (const word of step.lifecycle) this.word(owner, step.id, word);
        return;
      }
      case 'lifecycle':
        this.word(owner, step.device, step.do);
        return;
      case 'dma_set_mask':
      case 'dma_set_coherent_mask':
      case 'dma_set_mask_and_coherent':
        this.emit(owner, 'm', this.devices.of(step.device), maskCodes[step.op], step.bits);
        return;
      case 'dma_set_min_align_mask':
        this.emit(owner, 'a', this.devices.of(step.device), step.mask);
        return;
      case 'dma_max_mapping_size':
        this.emit(owner, 'x', this.devices.of(step.device));
        return;
      case 'dma_map_page':
      case 'dma_map_single':
      case 'dma_map_phys':
      case 'dma_map_sg':
      case 'dma_map_resource':
        this.map(owner, step);
        return;
      case 'dma_mapping_error':
        this.emit(owner, 'e', this.maps.of(step.mapping));
        return;
      case 'dma_unmap_page':
      case 'dma_unmap_single':
      case 'dma_unmap_phys':
      case 'dma_unmap_resource':
      case 'dma_unmap_sg': {
        const { dir, size } = this.defaults(step.mapping);
        const given = [attributes(step.attrs), directions[step.dir ?? dir], step.entries ?? step.size ?? size];
        this.emit(owner, 'u', this.maps.of(step.mapping), ...given);
        return;
      }
      case 'dma_sync_single_for_cpu':
      case 'dma_sync_single_for_device':
      case 'dma_sync_sg_for_cpu':
      case 'dma_sync_sg_for_device': {
        const { dir, size } = this.defaults(step.mapping);
        const offset = step.offset ?? 0;
        const forDevice = step.op.endsWith('_for_device') ? 1 : 0;
        const part = [directions[step.dir ?? dir], offset, step.size ?? size - offset];
        this.emit(owner, 's', this.maps.of(step.mapping), forDevice, ...part);
        return;
      }
      case 'dma_alloc_coherent':
      case 'dma_alloc_pages':
      case 'dma_alloc_noncontiguous':
        this.alloc(owner, step);
        return;
      case 'dma_free_coherent':
      case 'dma_free_pages':
      case 'dma_free_noncontiguous':
        this.emit(owner, 'f', this.allocs.of(step.allocation));
        return;
      case 'cpu_write':
      case 'cpu_read': {
        if (step.phys === undefined) return unsupported(`${step.op} of an allocation`);
        const at = address({ phys: step.phys, offset: step.offset });
        if (step.op === 'cpu_read') this.emit(owner, 'r', at, step.size);
        else this.emit(owner, 'w', at, step.size, this.nextTag());
        return;
      }
      case 'device_write':
        if (step.mapping === undefined) return unsupported(`${step.op} to an allocation`);
        this.emit(owner, 'y', this.maps.of(step.mapping), step.offset, step.size, this.nextTag());
        return;
      default:
        unsupported(step.op);
    }
  }
}

/** A program as the module takes it. */
export interface CompiledProgram {
  readonly line: string;
  /** For each step of the module, the index of the program's step it comes from. */
  readonly owners: readonly number[];
}

/** Compiles `program`; `id` comes back in the answer. */
export function compileProgram(program: DmaProgram, id: number): CompiledProgram {
  const compiler = new Compiler();
  program.steps.forEach((step, i) => compiler.step(step, i));
  return { line: [id.toString(16), ...compiler.parts].join(';'), owners: compiler.owners };
}

/** Reads the module's answer and merges what belongs to one step of the program. */
export function readAnswer(text: string, compiled: CompiledProgram): Answer {
  const answer = JSON.parse(text) as Answer;
  const steps: RawStep[] = [];
  answer.steps.forEach((raw, i) => {
    const owner = compiled.owners[i] ?? 0;
    const before = steps[owner] ?? {};
    const messages = [...(before.m ?? []), ...(raw.m ?? [])];
    steps[owner] = { ...before, ...raw, ...(messages.length > 0 ? { m: messages } : {}) };
  });
  return { ...answer, steps };
}
