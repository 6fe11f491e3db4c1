import type { Engine, KernelVersion } from '../src/engine';
import type { Context, ReadResult, Texts } from '../src/host';

/** The platform's part of the server: what a browser's worker does in another way than node does. */
export interface Platform {
  readonly version: string;
  startEngine(): Promise<Engine>;
  /** Texts as they are on disk, each looked at once. */
  openDisk(maxFileSize: number): Texts;
  /** Finds the files on disk that may bear on open ones. */
  openContext(): Context;
  /** The root of the kernel tree that a path lies in, or null. */
  findTree(path: string): string | null;
  /** The project file that a path goes by, what reading it gave, and the folder that it names files from; or null. */
  projectOf(path: string): { readonly file: string; readonly root: string; readonly result: ReadResult } | null;
  /** The profile for a tree, and what to tell where the tree is of no profile's version. */
  kernelOf(tree: string | null): { readonly kernel: KernelVersion; readonly note: string | null };
  /** The path that the engine knows a document by. */
  toPath(uri: string): string;
  toUri(path: string): string;
  /** A file named from a folder, unless its name is absolute. */
  fileIn(folder: string, name: string): string;
  /** The page of a rule as a file that an editor can open, or null when there is none. */
  rulePage(id: string): string | null;
}
