import { readFileSync, statSync } from 'node:fs';
import {
  createTexts,
  decode,
  defaultMaxFileSize,
  describeFailure,
  folderOf,
  isBinary,
  walkSources,
  type Searched,
  type Texts,
} from '../host';
import { candidatesAmong } from './candidates';
import type { BadInput } from './bad-input';

/** What the paths of the command line come to. */
export interface Inputs {
  readonly files: readonly string[];
  /** C files seen, also those in which nothing speaks of DMA. */
  readonly seen: number;
  /** The folders among the inputs and what was found in them, whatever of it is analysed. */
  readonly searched: Searched;
  /** Grows while files are read. */
  readonly bad: BadInput[];
  readonly texts: Texts;
  /** Texts that lie in no file: standard input. */
  readonly given: readonly { readonly file: string; readonly text: string }[];
}

/** How inputs are read. */
export interface InputOptions {
  /** What standard input is called. */
  readonly stdinName: string;
  /** Bytes; larger files are not read. */
  readonly maxFileSize?: number;
  /** Threads to search with; null leaves it to the machine. */
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

function addStandardInput(gathering: Gathering, name: string): void {
  const bytes = readFileSync(0);
  const why = bytes.length > defaultMaxFileSize ? 'too large' : isBinary(bytes) ? 'binary data, not C source' : null;
  if (why !== null) gathering.bad.push({ file: name, why, fatal: true });
  else {
    const text = decode(bytes);
    gathering.given.push({ file: name, text });
    gathering.texts.set(name, text);
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
  for (const { path, message } of problems) gathering.bad.push({ file: path, why: message, fatal: path === folder });
  if (files.length === 0 && problems.length === 0)
    gathering.bad.push({ file: folder, why: 'holds no C files (.c, .h)', fatal: true });
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
    const fatal = result.failure === 'missing' || result.failure === 'unreadable';
    gathering.bad.push({ file, why: result.message, fatal });
  }
}

/**
 * Finds the files that the given paths stand for. A file named by itself is always taken; of a folder, those that hold one
 * of the tokens, yet to be read. `-` is standard input, under the name given for it.
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
      gathering.bad.push({ file: path, why: describeFailure(error).message, fatal: true });
    }
  }
  return { ...gathering, files: [...gathering.files] };
}
