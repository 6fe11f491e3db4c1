import type { DmaDirection, LifecycleWord, Machine } from '../../src/program/types';
import type { OracleProgram, OracleStep } from './program';

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
  readonly buf?: readonly { readonly dma: number; readonly slot: number; readonly data: readonly number[] | null }[];
  /** Runs of the original memory, one list a buffer: tag, length, tag, length... */
  readonly orig?: readonly (readonly number[])[];
  readonly data?: readonly (readonly number[])[];
  readonly ok?: number;
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
const lifecycleCodes = ['zeroed', 'device_initialize', 'device_add', 'device_register', 'pool=null', 'pool=default'];
const savedCode = 6;
const saveCode = 7;

/** The values of enum dma_data_direction. */
const directions: Readonly<Record<DmaDirection, number>> = { bidirectional: 0, to_device: 1, from_device: 2 };

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

function address(phys: string, offset: number): number {
  return Number.parseInt(phys, 16) + offset;
}

/** Turns a program into the one line of text that the module runs. */
class Compiler {
  private readonly devices = new Names();
  private readonly maps = new Names();
  private readonly allocs = new Names();
  private readonly saved = new Names();
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
    const save = /^save-pool:(.*)$/.exec(word);
    const restore = /^pool=saved:(.*)$/.exec(word);
    const id = this.devices.of(device);
    if (save) this.emit(owner, 'l', id, saveCode, this.saved.of(save[1] ?? ''));
    else if (restore) this.emit(owner, 'l', id, savedCode, this.saved.of(restore[1] ?? ''));
    else if (lifecycleCodes.includes(word)) this.emit(owner, 'l', id, lifecycleCodes.indexOf(word), 0);
    else throw new Error(`the guest kernel has no ${word}`);
  }

  step(step: OracleStep, owner: number): void {
    switch (step.op) {
      case 'device': {
        const flags = (step.maskPointer === false ? 0 : 1) | (step.dmaParms === false ? 0 : 2);
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
      case 'dma_map_page': {
        const at = address(step.phys, step.offset);
        const map = this.maps.add(step.id);
        this.emit(owner, 'p', map, this.devices.of(step.device), directions[step.dir], at, step.size);
        return;
      }
      case 'dma_map_sg': {
        const entries = step.entries.flatMap((entry) => [address(entry.phys, entry.offset), entry.size]);
        const head = [this.maps.add(step.id), this.devices.of(step.device), directions[step.dir]];
        this.emit(owner, 'g', ...head, step.entries.length, ...entries);
        return;
      }
      case 'dma_unmap_page':
      case 'dma_unmap_sg':
        this.emit(owner, 'u', this.maps.of(step.mapping));
        return;
      case 'dma_alloc_coherent': {
        const alloc = this.allocs.add(step.id);
        this.emit(owner, 'c', alloc, this.devices.of(step.device), step.size, step.gfp === 'atomic' ? 1 : 0);
        return;
      }
      case 'dma_free_coherent':
        this.emit(owner, 'f', this.allocs.of(step.allocation));
        return;
      case 'dma_sync_for_cpu':
      case 'dma_sync_for_device': {
        const forDevice = step.op === 'dma_sync_for_device' ? 1 : 0;
        this.emit(owner, 's', this.maps.of(step.mapping), forDevice, step.offset, step.size);
        return;
      }
      case 'cpu_write':
        this.emit(owner, 'w', address(step.phys, step.offset), step.size, this.nextTag());
        return;
      case 'device_write':
        this.emit(owner, 'y', this.maps.of(step.mapping), step.offset, step.size, this.nextTag());
        return;
    }
  }
}

/** A program as the module takes it. */
export interface CompiledProgram {
  readonly line: string;
  /** For each step of the module, the index of the program's step it comes from. */
  readonly owners: readonly number[];
}

/** Whether the guest's force_dma_unencrypted() is to return true. */
function unencrypted(machine: Machine): boolean {
  return machine.forceDmaUnencrypted === true;
}

/** Compiles `program`; `id` comes back in the answer. */
export function compileProgram(program: OracleProgram, id: number): CompiledProgram {
  const compiler = new Compiler();
  program.steps.forEach((step, i) => compiler.step(step, i));
  const head = `${id.toString(16)} ${unencrypted(program.machine) ? 1 : 0}`;
  return { line: [head, ...compiler.parts].join(';'), owners: compiler.owners };
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
