import path from 'node:path';
import { busPlaces, type CheckRequest } from '../engine';
import { listSources, createContext } from './context';
import type { Texts } from './answer';

/** Finds the files around others in a tree; all names are relative to its root. */
export interface Surroundings {
  /** The files that may affect the analysis of others, for the engine's context. */
  context(files: readonly string[]): readonly string[];
  /**
   * Sources that name one of some functions: in the folders of the files, and the code and drivers of each bus that one of
   * the texts names. For headers, which any code may include, those of every bus.
   */
  naming(functions: ReadonlySet<string>, files: readonly string[], texts: readonly string[]): readonly string[];
  /** The code and the drivers of each bus that one of the texts names, unless the bus code is among the files. */
  buses(files: readonly string[], texts: readonly string[]): readonly string[];
}

const folderOf = (file: string): string => path.posix.dirname(file);
const isWord = (word: string): RegExp => new RegExp(String.raw`\b${word}\b`);

/** Creates a finder for a tree whose files `texts` reads; `trust` describes more buses. */
export function createSurroundings(root: string, texts: Texts, trust?: CheckRequest['trust']): Surroundings {
  const context = createContext();
  const places = busPlaces(trust);
  const onDisk = (file: string): string => path.join(root, file);
  const textOf = (file: string): string => texts.read(file) ?? '';
  const sourcesIn = (folder: string): string[] =>
    listSources(onDisk(folder)).map((file) => path.posix.join(folder, path.basename(file)));
  const namedIn = (of: readonly string[]) => places.filter(({ word }) => of.some((text) => isWord(word).test(text)));
  const driversOf = (folders: readonly string[], word: string): string[] =>
    folders.flatMap(sourcesIn).filter((file) => isWord(word).test(textOf(file)));
  const besides = (found: readonly string[], files: readonly string[]): string[] =>
    [...new Set(found)].filter((file) => !files.includes(file));
  return {
    context: (files) =>
      context.around(files.map(onDisk), root, trust).map((file) => path.relative(root, file).replaceAll(path.sep, '/')),
    naming(functions, files, of) {
      if (functions.size === 0) return [];
      const names = new RegExp(String.raw`\b(?:${[...functions].join('|')})\b`);
      const buses = files.some((file) => file.endsWith('.h')) ? places : namedIn(of);
      const near = [...new Set([...files.map(folderOf), ...buses.map(({ home }) => home)])].flatMap(sourcesIn);
      const drivers = buses.flatMap(({ word, drivers: folders }) => driversOf(folders, word));
      return besides([...near, ...drivers], files).filter((file) => names.test(textOf(file)));
    },
    buses(files, of) {
      const buses = namedIn(of).filter(({ home }) => !files.some((file) => folderOf(file) === home));
      return besides(
        buses.flatMap(({ word, home, drivers }) => [...sourcesIn(home), ...driversOf(drivers, word)]),
        files,
      );
    },
  };
}
