import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { closeSync, ftruncateSync, mkdtempSync, openSync, readFileSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeConfidential, type Symbols } from './confidential';
import { Debugger } from './gdb';
import type { Readable, Writable } from 'node:stream';
import type { KernelPackage } from './packages';

/** How a guest is booted; guests that agree in it can run each other's programs. */
export interface GuestConfig {
  readonly swiotlb: 'default' | 'force' | 'noforce';
  readonly slots: number;
  readonly areas: number;
  /** What `swiotlb=` says instead of the three above. */
  readonly options?: string;
  /** The kernel takes itself for a TDX guest. */
  readonly confidential: boolean;
}

/** What the module says about the machine when it is loaded. */
export interface Hello {
  readonly release: string;
  /** `uname -v`, in which Debian names the version of its package. */
  readonly version: string;
  /** Physical address of the pool's first slot. */
  readonly start: number;
  readonly slots: number;
  readonly areas: number;
  readonly force: number;
  /** Memory that programs may use: address and size. */
  readonly windows: readonly (readonly [number, number])[];
  /** What {@link makeConfidential} has to know of this kernel. */
  readonly symbols: Symbols;
}

/** Bytes of RAM; enough for a part above 4 GiB. */
export const guestMemory = 6 * 1024 ** 3;

/**
 * Emulation copies byte by byte where the processor says that this is fast. Intel's, since a kernel on AMD's asks the processor
 * what kind of guest it is.
 */
const cpu = 'max,vendor=GenuineIntel,-erms,-fsrm';

/** A boot takes seconds and a program milliseconds; a busy host may keep the guest waiting. */
const patience = 600_000;
const pollMilliseconds = 20;

/** The two halves of the memory that host and guest share (guest/init.c): a program, an answer, each after its length. */
const halfBytes = 2 << 20;
const lengthBytes = 4;

/** The guest died, or answered nothing in time. `console` is the end of what its kernel printed. */
export class GuestCrash extends Error {
  constructor(
    message: string,
    readonly console: string,
  ) {
    super(`${message}\n${console}`);
  }
}

interface Pending {
  readonly resolve: (line: string) => void;
  readonly reject: (error: Error) => void;
}

function commandLine(config: GuestConfig): string {
  const keyword = config.swiotlb === 'default' ? '' : `,${config.swiotlb}`;
  return [
    // An oops of init is the end of the guest; that of a task which the module makes for it is not.
    'console=ttyS0 quiet loglevel=1 panic=-1',
    // On a busy host the test of the timer at boot may see too few ticks, and the kernel gives up.
    'no_timer_check',
    // The programs' memory has to be free, and slots are zeroed by the module alone.
    'nokaslr init_on_alloc=0',
    'mitigations=off',
    config.options ?? `swiotlb=${config.slots},${config.areas}${keyword}`,
  ].join(' ');
}

/** One booted kernel. It takes one program at a time. */
export class Guest {
  private readonly folder = mkdtempSync(path.join(tmpdir(), 'coco-dma-guest-'));
  private readonly process: ChildProcessByStdio<Writable, Readable, null>;
  private readonly pending: Pending[] = [];
  private readonly shared = openSync(this.sharedFile, 'w+');
  private dead: GuestCrash | undefined;

  private constructor(kernel: KernelPackage, initramfs: string, config: GuestConfig) {
    const args = [
      '-accel',
      'tcg',
      '-cpu',
      cpu,
      '-m',
      '6G',
      '-smp',
      '1',
      '-nodefaults',
      '-display',
      'none',
      '-no-reboot',
    ];
    args.push('-kernel', kernel.vmlinuz, '-initrd', initramfs, '-append', commandLine(config));
    ftruncateSync(this.shared, 2 * halfBytes);
    args.push('-object', `memory-backend-file,id=shared,share=on,mem-path=${this.sharedFile},size=${2 * halfBytes}`);
    args.push('-device', 'ivshmem-plain,memdev=shared');
    args.push('-serial', `file:${this.consoleFile}`, '-serial', 'stdio');
    if (config.confidential) args.push('-S', '-gdb', `unix:${this.debugFile},server=on,wait=off`);
    this.process = spawn('qemu-system-x86_64', args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.process.stdout.setEncoding('utf8');
    this.process.stdout.on('data', (chunk: string) => this.receive(chunk));
    this.process.stdin.on('error', () => this.fail('the guest takes no input'));
    this.process.on('error', (error) => this.fail(`QEMU does not start: ${error.message}`));
    this.process.on('exit', (code, signal) => this.fail(`QEMU ended (${signal ?? code})`));
  }

  /**
   * Boots a guest and waits until its module is loaded. A confidential one has to be told where the kernel keeps what makes it
   * one.
   */
  static async boot(
    kernel: KernelPackage,
    initramfs: string,
    config: GuestConfig,
    symbols: Symbols | null,
  ): Promise<{ guest: Guest; hello: Hello }> {
    const guest = new Guest(kernel, initramfs, config);
    try {
      if (symbols !== null) await guest.becomeConfidential(kernel, symbols);
      return { guest, hello: JSON.parse(await guest.answer(patience)) as Hello };
    } catch (error) {
      guest.close();
      throw error;
    }
  }

  /** Runs one compiled program and returns the module's answer. */
  async run(line: string, milliseconds = patience): Promise<string> {
    const answer = this.answer(milliseconds);
    const text = Buffer.from(line);
    const length = Buffer.alloc(lengthBytes);
    length.writeUInt32LE(text.length);
    writeSync(this.shared, Buffer.concat([length, text]), 0, lengthBytes + text.length, 0);
    this.process.stdin.write('\n');
    return await answer;
  }

  /** Switches the guest off. */
  close(): void {
    this.fail('closed');
    this.process.kill('SIGKILL');
    closeSync(this.shared);
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async becomeConfidential({ kernel }: KernelPackage, symbols: Symbols): Promise<void> {
    const deadline = Date.now() + patience;
    for (;;) {
      if (this.dead !== undefined) throw this.dead;
      const gdb = await Debugger.attach(this.debugFile);
      if (gdb !== null) return await makeConfidential(kernel, gdb, symbols);
      if (Date.now() > deadline) throw new Error('QEMU offers no GDB stub');
      await sleep(pollMilliseconds);
    }
  }

  private get debugFile(): string {
    return path.join(this.folder, 'gdb');
  }

  private get sharedFile(): string {
    return path.join(this.folder, 'shared');
  }

  private get consoleFile(): string {
    return path.join(this.folder, 'console.log');
  }

  private async answer(milliseconds: number): Promise<string> {
    return await new Promise<string>((resolve, reject) => {
      if (this.dead !== undefined) {
        reject(this.dead);
        return;
      }
      const timer = setTimeout(() => this.fail(`no answer in ${milliseconds / 1000} s`), milliseconds);
      const done = (): void => clearTimeout(timer);
      this.pending.push({
        resolve: (line) => (done(), resolve(line)),
        reject: (error) => (done(), reject(error)),
      });
    });
  }

  private receive(bells: string): void {
    for (const bell of bells) if (bell === '\n') this.pending.shift()?.resolve(this.readShared());
  }

  private readShared(): string {
    const length = Buffer.alloc(lengthBytes);
    readSync(this.shared, length, 0, lengthBytes, halfBytes);
    const text = Buffer.alloc(length.readUInt32LE());
    readSync(this.shared, text, 0, text.length, halfBytes + lengthBytes);
    return text.toString('utf8');
  }

  private fail(message: string): void {
    if (this.dead !== undefined) return;
    this.dead = new GuestCrash(message, this.consoleTail());
    for (const { reject } of this.pending.splice(0)) reject(this.dead);
  }

  private consoleTail(): string {
    try {
      return readFileSync(this.consoleFile, 'utf8').split('\n').slice(-60).join('\n');
    } catch {
      return '';
    }
  }
}
