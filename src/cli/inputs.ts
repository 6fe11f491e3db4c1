import { readFileSync, statSync } from 'node:fs';
import {
  createTexts,
  decodeSource,
  defaultMaxFileSize,
  failureOf,
  failureText,
  folderOf,
  walkSources,
  type ReadFailure,
  type Searched,
  type Texts,
} from '../host';
import { candidatesAmong } from './candidates';
import type { BadInput } from './bad-input';

/** The files behind the paths of the command line. */
export interface Inputs {
  readonly files: readonly string[];
  /** Number of C files seen, including those without DMA code. */
  readonly seen: number;
  /** The searched folders and the files found in them, whether or not they are analyzed. */
  readonly searched: Searched;
  /** Unreadable inputs; the list grows while files are read. */
  readonly bad: BadInput[];
  readonly texts: Texts;
  /** Texts that are not files: standard input. */
  readonly given: readonly { readonly file: string; readonly text: string }[];
}

/** How inputs are read. */
export interface InputOptions {
  /** The name of standard input. */
  readonly stdinName: string;
  /** Maximum file size in bytes. */
  readonly maxFileSize?: number;
  /** Number of threads for the search; null chooses by the machine. */
  readonly jobs?: number | null;
}

interface Gathering {
  readonly files: Set<string>;
  readonly bad: BadInput[];
  readonly texts: Texts;
  readonly given: { file: string; text: string }[];
  readonly searched: { readonly folders: Set<string>; readonly files: Set<string> };
  seen: number;
}

function addBad({ bad }: Gathering, file: string, failure: ReadFailure, fatal: boolean): void {
  bad.push({ file, why: failureText(failure, 'C source'), fatal });
}

function addStandardInput(gathering: Gathering, name: string): void {
  const source = decodeSource(readFileSync(0), defaultMaxFileSize);
  if ('failure' in source) addBad(gathering, name, source.failure, true);
  else {
    gathering.given.push({ file: name, text: source.text });
    gathering.texts.set(name, source.text);
    gathering.files.add(name);
  }
  gathering.seen++;
}

async function addFolder(
  gathering: Gathering,
  folder: string,
  tokens: readonly string[],
  jobs: number | null,
): Promise<void> {
  const { files, problems } = walkSources(folder);
  for (const { path, failure } of problems) addBad(gathering, path, failure, path === folder);
  if (files.length === 0 && problems.length === 0)
    gathering.bad.push({ file: folder, why: 'contains no C files (.c, .h)', fatal: true });
  gathering.seen += files.length;
  for (const file of files) gathering.searched.folders.add(folderOf(file));
  for (const file of await candidatesAmong(files, tokens, jobs)) {
    gathering.searched.files.add(file);
    gathering.files.add(file);
  }
}

function addFile(gathering: Gathering, file: string): void {
  const result = gathering.texts.load(file);
  if ('text' in result) gathering.files.add(file);
  else {
    const { kind } = result.failure;
    addBad(gathering, file, result.failure, kind === 'missing' || kind === 'unreadable');
  }
}

/**
 * Finds the files behind paths. A file that is named explicitly is always included; of a folder, the files that contain one of
 * the tokens. `-` is standard input, under the given name.
 */
export async function gatherInputs(
  paths: readonly string[],
  tokens: readonly string[],
  options: InputOptions,
): Promise<Inputs> {
  const { stdinName, maxFileSize, jobs = null } = options;
  const gathering: Gathering = {
    files: new Set(),
    bad: [],
    texts: createTexts(maxFileSize),
    given: [],
    searched: { folders: new Set(), files: new Set() },
    seen: 0,
  };
  for (const path of paths) {
    try {
      if (path === '-') addStandardInput(gathering, stdinName);
      else if (statSync(path).isDirectory()) await addFolder(gathering, path, tokens, jobs);
      else {
        gathering.seen++;
        addFile(gathering, path);
      }
    } catch (error) {
      addBad(gathering, path, failureOf(error), true);
    }
  }
  return { ...gathering, files: [...gathering.files] };
}
