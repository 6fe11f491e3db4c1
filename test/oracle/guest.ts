import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';
import type { KernelPackage } from './packages';

/** How a guest is booted; guests that agree in it can run each other's programs. */
export interface GuestConfig {
  readonly swiotlb: 'default' | 'force' | 'noforce';
  readonly slots: number;
  readonly areas: number;
}

/** What the module says about the machine when it is loaded. */
export interface Hello {
  readonly release: string;
  /** Physical address of the pool's first slot. */
  readonly start: number;
  readonly slots: number;
  readonly areas: number;
  readonly force: number;
  /** Memory that programs may use: address and size. */
  readonly windows: readonly (readonly [number, number])[];
}

/** Bytes of RAM; enough for a part above 4 GiB. */
export const guestMemory = 6 * 1024 ** 3;

/** Emulation copies byte by byte where the processor says that this is fast. */
const cpu = 'max,-erms,-fsrm';

const bootMilliseconds = 120_000;
const programMilliseconds = 20_000;

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
    'console=ttyS0 quiet loglevel=1 panic=-1 oops=panic',
    // The programs' memory has to be free, and slots are zeroed by the module alone.
    'nokaslr init_on_alloc=0',
    'mitigations=off',
    `swiotlb=${config.slots},${config.areas}${keyword}`,
  ].join(' ');
}

/** One booted kernel. Programs go in and answers come out one line each, in order. */
export class Guest {
  private readonly folder = mkdtempSync(path.join(tmpdir(), 'coco-dma-guest-'));
  private readonly process: ChildProcessByStdio<Writable, Readable, null>;
  private readonly pending: Pending[] = [];
  private pieces: string[] = [];
  private dead: GuestCrash | undefined;

  private constructor(kernel: KernelPackage, initramfs: string, config: GuestConfig) {
    const args = [
      '-accel',
      'tcg',
      '-cpu',
      'max',
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
    args.push('-serial', `file:${this.consoleFile}`, '-serial', 'stdio');
    this.process = spawn('qemu-system-x86_64', args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.process.stdout.setEncoding('utf8');
    this.process.stdout.on('data', (chunk: string) => this.receive(chunk));
    this.process.stdin.on('error', () => this.fail('the guest takes no input'));
    this.process.on('error', (error) => this.fail(`QEMU does not start: ${error.message}`));
    this.process.on('exit', (code, signal) => this.fail(`QEMU ended (${signal ?? code})`));
  }

  /** Boots a guest and waits until its module is loaded. */
  static async boot(
    kernel: KernelPackage,
    initramfs: string,
    config: GuestConfig,
  ): Promise<{ guest: Guest; hello: Hello }> {
    const guest = new Guest(kernel, initramfs, config);
    try {
      return { guest, hello: JSON.parse(await guest.answer(bootMilliseconds)) as Hello };
    } catch (error) {
      guest.close();
      throw error;
    }
  }

  /** Runs one compiled program and returns the module's answer. */
  async run(line: string, milliseconds = programMilliseconds): Promise<string> {
    const answer = this.answer(milliseconds);
    this.process.stdin.write(`${line}\n`);
    return await answer;
  }

  /** Switches the guest off. */
  close(): void {
    this.fail('closed');
    this.process.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
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

  private receive(chunk: string): void {
    // Answers come in pieces of a few bytes.
    this.pieces.push(chunk);
    if (!chunk.includes('\n')) return;
    const lines = this.pieces.join('').split('\n');
    this.pieces = [lines.pop() ?? ''];
    for (const line of lines) {
      // What comes before the port is raw is an echo.
      if (line.startsWith('{')) this.pending.shift()?.resolve(line);
    }
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
