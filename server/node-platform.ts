import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { createEngine, loadGrammar } from '../src/engine';
import { createContext, createTexts, findProjectFile, findTree, readGrammar, readSource, recognise } from '../src/host';
import { projectFileName } from '../src/protocol';
import type { Platform } from './platform';

/** The version in package.json, defined by the build. */
declare const COCO_DMA_VERSION: string;

/** A path with slashes, as the engine has them on every platform. */
const slashed = (file: string): string => (path.sep === '\\' ? file.replaceAll('\\', '/') : file);

function toPath(uri: string): string {
  if (!uri.startsWith('file:')) return uri;
  try {
    return slashed(fileURLToPath(uri));
  } catch {
    return uri;
  }
}

function treeOf(file: string): string | null {
  const tree = path.isAbsolute(file) ? findTree(path.dirname(file)) : null;
  return tree === null ? null : slashed(tree);
}

/** Files, trees and pages in Node.js. The bundle is in dist/, the pages are in ../docs/rules/. */
export const nodePlatform: Platform = {
  version: COCO_DMA_VERSION,
  startEngine: async () => createEngine(await loadGrammar(readGrammar())),
  openContext: createContext,
  openDisk: (maxFileSize) => createTexts(maxFileSize),
  findTree: treeOf,
  projectOf: (file) => {
    if (!path.isAbsolute(file)) return null;
    const tree = treeOf(file);
    const found = findProjectFile(projectFileName, path.dirname(file), tree);
    return found === null ? null : { file: found, root: tree ?? path.dirname(found), result: readSource(found) };
  },
  kernelOf: recognise,
  toPath,
  toUri: (file) => (path.isAbsolute(file) ? pathToFileURL(file).href : file),
  fileIn: (folder, name) => slashed(path.resolve(folder, name)),
  rulePage: (id) => {
    const page = path.join(__dirname, '..', 'docs', 'rules', `${id}.md`);
    return existsSync(page) ? pathToFileURL(page).href : null;
  },
};
