/** One file of an initial RAM disk. */
export interface CpioFile {
  readonly name: string;
  readonly mode: number;
  readonly content: Buffer;
  /** Major and minor number of a device node. */
  readonly device?: readonly [number, number];
}

function pad(to: number): Buffer {
  return Buffer.alloc((4 - (to % 4)) % 4);
}

function entry(file: CpioFile, inode: number): Buffer {
  const name = Buffer.from(`${file.name}\0`);
  const [major, minor] = file.device ?? [0, 0];
  const numbers = [inode, file.mode, 0, 0, 1, 0, file.content.length, 0, 0, major, minor, name.length, 0];
  const header = Buffer.from(`070701${numbers.map((n) => n.toString(16).padStart(8, '0')).join('')}`);
  return Buffer.concat([header, name, pad(header.length + name.length), file.content, pad(file.content.length)]);
}

/** Writes an archive in the "newc" format, which the kernel unpacks as its first root file system. */
export function cpioArchive(files: readonly CpioFile[]): Buffer {
  const trailer: CpioFile = { name: 'TRAILER!!!', mode: 0, content: Buffer.alloc(0) };
  return Buffer.concat([...files, trailer].map((file, i) => entry(file, i + 1)));
}
