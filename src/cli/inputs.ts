import { readFileSync, statSync } from 'node:fs';
import {
  createTexts,
  decode,
  defaultMaxFileSize,
  describeFailure,
  isBinary,
  tokenFilter,
  walkSources,
  type Texts,
} from '../host';

/** A file or folder that cannot be analysed, and why. */
export interface BadInput {
  readonly file: string;
  readonly why: string;
  /** True when the user named something that is not there: no report on the rest makes up for that. */
  readonly fatal: boolean;
}

/** What the paths of the command line come to. */
export interface Inputs {
  readonly files: readonly string[];
  /** C files seen, also those in which nothing speaks of DMA. */
  readonly seen: number;
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
}

interface Gathering {
  readonly files: Set<string>;
  readonly bad: BadInput[];
  readonly texts: Texts;
  readonly given: { file: string; text: string }[];
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

function addFolder(gathering: Gathering, folder: string, isCandidate: (file: string) => boolean): void {
  const { files, seen, problems } = walkSources(folder, isCandidate);
  for (const { path, message } of problems) gathering.bad.push({ file: path, why: message, fatal: path === folder });
  if (seen === 0 && problems.length === 0)
    gathering.bad.push({ file: folder, why: 'holds no C files (.c, .h)', fatal: true });
  gathering.seen += seen;
  for (const file of files) gathering.files.add(file);
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
export function gatherInputs(paths: readonly string[], tokens: readonly string[], options: InputOptions): Inputs {
  const { stdinName, maxFileSize } = options;
  const gathering: Gathering = { files: new Set(), bad: [], texts: createTexts(maxFileSize), given: [], seen: 0 };
  const isCandidate = tokenFilter(tokens);
  for (const path of paths) {
    try {
      if (path === '-') addStandardInput(gathering, stdinName);
      else if (statSync(path).isDirectory()) addFolder(gathering, path, isCandidate);
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
