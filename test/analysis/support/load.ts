import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { Annotations } from './annotations';
import { AnnotationError, readAnnotations } from './annotations';
import type { CheckRequest } from '../../../src/engine/types';
import { root } from './engine';
import { kernelNames } from './rename';
import type { KernelNames } from './rename';

/** Where the fixtures are, relative to the repository. */
export const fixtureRoot = 'test/fixtures';

export interface FixtureFile {
  readonly text: string;
  readonly annotations: Annotations;
}

/** One fixture with the files that are checked together with it, by path relative to the repository, main file first. */
export interface Fixture {
  readonly path: string;
  /** Root of its tree: the nearest folder with an include/linux. */
  readonly tree: string;
  /** What the coco-dma.json beside it adds, if there is one. */
  readonly settings: Pick<CheckRequest, 'trust' | 'models'>;
  readonly files: ReadonlyMap<string, FixtureFile>;
}

const absolute = (file: string) => path.join(root, file);

/** The text of a file, or null. Bytes that are no UTF-8 come out as replacement characters, as in an editor. */
export function readText(file: string): string | null {
  return existsSync(absolute(file)) ? readFileSync(absolute(file), 'utf8') : null;
}

/** Files below a folder, in a fixed order. */
export function filesBelow(folder: string): string[] {
  return readdirSync(absolute(folder), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const file = path.posix.join(folder, entry.name);
      return entry.isDirectory() ? filesBelow(file) : [file];
    });
}

/** The nearest folder above a file that holds an include/linux. */
export function treeOf(file: string): string {
  let folder = path.posix.dirname(file);
  while (folder !== '.' && !existsSync(absolute(path.posix.join(folder, 'include/linux')))) {
    folder = path.posix.dirname(folder);
  }
  return folder;
}

function loadFile(file: string): FixtureFile {
  const text = readText(file);
  if (text === null) throw new Error(`${file} does not exist`);
  return { text, annotations: readAnnotations(file, text) };
}

function loadFixture(file: string): Fixture {
  const main = loadFile(file);
  const parts = main.annotations.with.map((name) => path.posix.join(path.posix.dirname(file), name));
  const files = new Map([[file, main], ...parts.map((part) => [part, loadFile(part)] as const)]);
  return { path: file, tree: treeOf(file), settings: settingsOf(path.posix.dirname(file)), files };
}

function settingsOf(folder: string): Fixture['settings'] {
  return JSON.parse(readText(`${folder}/coco-dma.json`) ?? '{}') as Fixture['settings'];
}

const inBad = (file: string) => file.startsWith(`${fixtureRoot}/bad/`);

/** The fixtures that could be read, and what is wrong with the others. */
export interface Fixtures {
  readonly fixtures: readonly Fixture[];
  readonly mistakes: readonly AnnotationError[];
}

/** Every fixture below a folder that is run by itself. */
export function loadFixtures(folder = fixtureRoot): Fixtures {
  const mistakes: AnnotationError[] = [];
  const fixtures = filesBelow(folder)
    .filter((file) => file.endsWith('.c') && !inBad(file))
    .flatMap((file) => {
      try {
        const fixture = loadFixture(file);
        return fixture.files.get(file)?.annotations.standalone ? [fixture] : [];
      } catch (error) {
        if (!(error instanceof AnnotationError)) throw error;
        mistakes.push(error);
        return [];
      }
    });
  return { fixtures, mistakes };
}

/** Inputs that are no proper C. Those with an annotation expect it; of the others only an answer is expected. */
export function loadBadInputs(): Fixture[] {
  return filesBelow(`${fixtureRoot}/bad`)
    .filter((file) => file.endsWith('.c'))
    .map((file) => {
      const text = readText(file) ?? '';
      const annotations = readAnnotations(file, /^\/\/\s*[\^@]/m.test(text) ? text : '');
      return { path: file, tree: treeOf(file), settings: {}, files: new Map([[file, { text, annotations }]]) };
    });
}

const namesOfTree = new Map<string, KernelNames>();

/** The names that a fixture does not choose: what the headers of its tree declare, and those that its settings are about. */
export function kernelNamesOf({
  tree,
  path: file,
  settings,
}: Pick<Fixture, 'tree' | 'path' | 'settings'>): KernelNames {
  const folder = Object.keys(settings).length > 0 ? path.posix.dirname(file) : '';
  const known = namesOfTree.get(`${tree}|${folder}`);
  if (known) return known;
  const beside = folder ? filesBelow(folder).filter((each) => each.endsWith('.h')) : [];
  const headers = [...filesBelow(`${tree}/include`), ...beside].map((each) => readText(each) ?? '');
  const names = kernelNames(headers);
  namesOfTree.set(`${tree}|${folder}`, names);
  return names;
}
