import { createHash } from 'node:crypto';
import path from 'node:path';
import type { Needs, Snapshot } from '../engine/types';
import { readSource, type ReadResult } from './files';

/** Texts that serve the engine as its snapshot. Each file is read once, on first use. */
export interface Texts extends Snapshot {
  /** The text of a file, or why there is none. */
  load(file: string): ReadResult;
  /** True if a file was requested, whether or not it exists. */
  has(file: string): boolean;
  /** Sets the text of a file, for standard input or an editor; null removes the file. */
  set(file: string, text: string | null): void;
  /** Drops a text that was read from disk, so that it is read again on next use. A text that was `set` stays. */
  drop(file: string): void;
}

/** Texts with digests; the digest of a missing file is null. */
export interface RunTexts extends Texts {
  digest(file: string): string | null;
}

const gone: ReadResult = { failure: { kind: 'missing' } };

/** Creates an empty collection of texts, which are read from disk on first use. Names are relative to `root`, if given. */
export function createTexts(maxFileSize?: number, root?: string): RunTexts {
  const onDisk = (file: string): string => (root === undefined ? file : path.join(root, file));
  const given = new Map<string, ReadResult>();
  const loaded = new Map<string, ReadResult>();
  const digests = new Map<string, string | null>();
  const load = (file: string): ReadResult => {
    const result = given.get(file) ?? loaded.get(file) ?? readSource(onDisk(file), maxFileSize);
    loaded.set(file, result);
    return result;
  };
  return {
    load,
    read(file) {
      const result = load(file);
      return 'text' in result ? result.text : null;
    },
    digest(file) {
      let known = digests.get(file);
      if (known === undefined) {
        const result = load(file);
        known = 'text' in result ? createHash('sha1').update(result.text).digest('base64') : null;
        digests.set(file, known);
      }
      return known;
    },
    has: (file) => given.has(file) || loaded.has(file),
    set(file, text) {
      digests.delete(file);
      given.set(file, text === null ? gone : { text, bytes: Buffer.byteLength(text) });
    },
    drop(file) {
      loaded.delete(file);
      if (!given.has(file)) digests.delete(file);
    },
  };
}

/**
 * Asks the engine repeatedly, loading the files that it needs, until it has an answer. Only hosts that cannot read files
 * synchronously need more than one round. If the engine asks for a file that it already has, that is an error.
 */
export function answer<Request, Answer extends object>(
  ask: (request: Request) => Answer | Needs,
  request: Request,
  texts: Texts,
): Exclude<Answer, Needs> {
  for (;;) {
    const result = ask(request);
    if (!('needs' in result)) return result as Exclude<Answer, Needs>;
    const missing = result.needs.filter((file) => texts.read(file) === undefined);
    if (missing.length === 0) throw new Error(`the engine repeatedly asks for ${result.needs.join(', ') || 'nothing'}`);
    for (const file of missing) texts.load(file);
  }
}
