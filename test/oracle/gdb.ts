// A client of QEMU's GDB stub: as much of GDB's remote protocol as it takes to stop a guest at a function and write to memory.
import { connect, type Socket } from 'node:net';

const ack = '+';

function packetOf(body: string): string {
  let sum = 0;
  for (const byte of Buffer.from(body)) sum = (sum + byte) % 256;
  return `$${body}#${sum.toString(16).padStart(2, '0')}`;
}

/** One stopped guest. */
export class Debugger {
  private received = '';
  private waiting: ((body: string) => void) | undefined;

  private constructor(private readonly socket: Socket) {
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => this.receive(text));
  }

  /** Connects to the stub that listens on the UNIX socket `file`; null while none does. */
  static async attach(file: string): Promise<Debugger | null> {
    return await new Promise((resolve) => {
      const socket = connect(file);
      socket.once('error', () => resolve(null));
      socket.once('connect', () => resolve(new Debugger(socket)));
    });
  }

  private receive(text: string): void {
    this.received += text;
    const found = /\$([^#]*)#../.exec(this.received);
    if (found === null || this.waiting === undefined) return;
    this.received = this.received.slice(found.index + found[0].length);
    this.socket.write(ack);
    const { waiting } = this;
    this.waiting = undefined;
    waiting(found[1] ?? '');
  }

  private async ask(body: string): Promise<string> {
    return await new Promise((resolve) => {
      this.waiting = resolve;
      this.socket.write(packetOf(body));
    });
  }

  private async must(body: string): Promise<void> {
    const answer = await this.ask(body);
    if (answer !== 'OK') throw new Error(`the GDB stub answers ${body} with ${answer}`);
  }

  /** Lets the guest run until it is about to execute `address`. */
  async runTo(address: bigint): Promise<void> {
    const place = `1,${address.toString(16)},1`;
    await this.must(`Z${place}`);
    await this.ask('c');
    await this.must(`z${place}`);
  }

  /** `size` bytes of the guest's memory at a kernel address. */
  async read(address: bigint, size: number): Promise<Buffer> {
    const text = await this.ask(`m${address.toString(16)},${size.toString(16)}`);
    const bytes = Buffer.from(text, 'hex');
    if (bytes.length !== size) throw new Error(`the GDB stub reads ${text} at ${address.toString(16)}`);
    return bytes;
  }

  /** Stores `bytes` at a kernel address. */
  async write(address: bigint, bytes: Buffer): Promise<void> {
    await this.must(`M${address.toString(16)},${bytes.length.toString(16)}:${bytes.toString('hex')}`);
  }

  /** Lets the guest run on by itself. */
  async detach(): Promise<void> {
    await this.must('D');
    this.socket.destroy();
  }
}
