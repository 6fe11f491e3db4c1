import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { buildInitramfs } from './build';
import type { Symbols } from './confidential';
import { Guest, GuestCrash, guestMemory, type GuestConfig, type Hello } from './guest';
import type { DmaProgram } from '../../src/program/types';
import { compileProgram, readAnswer, type Answer } from './wire';
import type { KernelPackage, OracleKernel } from './packages';

/** Any guest that is not confidential. */
const plainConfig: GuestConfig = { swiotlb: 'default', slots: 1024, areas: 1, confidential: false };

interface Booted {
  readonly guest: Guest;
  readonly hello: Hello;
}

/** The real kernels, booted as they are needed. Guests stay up, so that one more program costs milliseconds. */
export class Fleet {
  private readonly booted = new Map<string, Promise<Booted>>();
  /** The exact version of each kernel that was booted. */
  readonly versions = new Map<OracleKernel, string>();
  private serial = 0;
  private closed = false;

  constructor(private readonly kernels: readonly KernelPackage[]) {}

  private static key(kernel: string, config: GuestConfig): string {
    return [kernel, ...Object.values(config)].join(' ');
  }

  private async guestFor(kernel: string, config: GuestConfig): Promise<Booted> {
    if (this.closed) throw new Error('the guests are switched off');
    const key = Fleet.key(kernel, config);
    const found = this.booted.get(key);
    if (found !== undefined) return await found;
    const installed = this.kernels.find((candidate) => candidate.kernel === kernel);
    if (installed === undefined) throw new Error(`no kernel ${kernel} is installed`);
    const booting = this.boot(installed, config);
    this.booted.set(key, booting);
    return await booting;
  }

  private async boot(kernel: KernelPackage, config: GuestConfig): Promise<Booted> {
    const symbols = config.confidential ? await this.symbolsOf(kernel) : null;
    const booted = await Guest.boot(kernel, buildInitramfs(kernel), config, symbols);
    const { release, version } = booted.hello;
    this.versions.set(kernel.kernel, /Debian (\S+)/.exec(version)?.[1] ?? release);
    return booted;
  }

  /** Where `kernel` keeps what makes it confidential: a plain guest of it says, and its answer is kept. */
  private async symbolsOf(kernel: KernelPackage): Promise<Symbols> {
    const file = path.join(kernel.cache, 'symbols.json');
    if (!existsSync(file)) {
      const { hello } = await this.guestFor(kernel.kernel, plainConfig);
      writeFileSync(file, JSON.stringify(hello.symbols));
    }
    return JSON.parse(readFileSync(file, 'utf8')) as Symbols;
  }

  /** `program` on the machine that will run it: where the pool lies is known when that kernel is up. */
  async place(program: DmaProgram): Promise<DmaProgram> {
    const config = configOfProgram(program);
    const { hello } = await this.guestFor(program.machine.kernel, config);
    const poolStart = hello.slots > 0 ? `0x${hello.start.toString(16)}` : null;
    return { ...program, machine: { ...program.machine, poolStart, memory: guestMemory } };
  }

  /**
   * Runs a placed program. A guest that dies takes its program with it and is booted again for the next. `milliseconds`
   * is how long a guest may be silent before it counts as dead.
   */
  async run(program: DmaProgram, milliseconds?: number): Promise<Answer> {
    const config = configOfProgram(program);
    const { guest } = await this.guestFor(program.machine.kernel, config);
    const compiled = compileProgram(program, ++this.serial);
    try {
      return readAnswer(await guest.run(compiled.line, milliseconds), compiled);
    } catch (error) {
      if (!(error instanceof GuestCrash)) throw error;
      this.booted.delete(Fleet.key(program.machine.kernel, config));
      guest.close();
      return { id: this.serial, steps: [], error: error.message };
    }
  }

  /** Switches the guest that runs `program` off; it is booted again when it is needed. */
  async release(program: DmaProgram): Promise<void> {
    const key = Fleet.key(program.machine.kernel, configOfProgram(program));
    const booted = this.booted.get(key);
    this.booted.delete(key);
    (await booted)?.guest.close();
  }

  /** Switches all guests off. */
  async close(): Promise<void> {
    this.closed = true;
    const guests = await Promise.allSettled(this.booted.values());
    for (const result of guests) if (result.status === 'fulfilled') result.value.guest.close();
  }
}

/** How the machine of `program` is booted. */
export function configOfProgram({ machine }: DmaProgram): GuestConfig {
  const { coco, swiotlb, slots = 32768, areas = 1, commandLine } = machine;
  const confidential = coco === 'tdx';
  return { swiotlb, slots, areas, confidential, ...(commandLine === undefined ? {} : { options: commandLine }) };
}
