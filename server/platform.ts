import type { Engine, KernelVersion } from '../src/engine';
import type { Context, ReadResult, Texts } from '../src/host';

/** The platform-dependent part of the server, which differs between Node.js and a browser's worker. */
export interface Platform {
  readonly version: string;
  startEngine(): Promise<Engine>;
  /** Texts on disk, each read once. */
  openDisk(maxFileSize: number): Texts;
  /** Finds the files on disk that may affect open ones. */
  openContext(): Context;
  /** The root of the kernel tree that contains a path, or null. */
  findTree(path: string): string | null;
  /** The project file for a path, its contents, and the folder that its file names are relative to; or null. */
  projectOf(path: string): { readonly file: string; readonly root: string; readonly result: ReadResult } | null;
  /** The profile for a tree, and a note if it differs from the tree's version. */
  kernelOf(tree: string | null): { readonly kernel: KernelVersion; readonly note: string | null };
  /** The path of a document for the engine. */
  toPath(uri: string): string;
  toUri(path: string): string;
  /** Resolves a file name relative to a folder. */
  fileIn(folder: string, name: string): string;
  /** The URI of a rule's page, or null if there is none. */
  rulePage(id: string): string | null;
}
