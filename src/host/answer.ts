import { createHash } from 'node:crypto';
import path from 'node:path';
import type { Needs, Snapshot } from '../engine/types';
import { readSource, type ReadResult } from './files';

/** Texts that the engine sees as its snapshot. A file is looked at once, when it is first asked for. */
export interface Texts extends Snapshot {
  /** What came of looking at a file. */
  load(file: string): ReadResult;
  /** True when a file was asked for, whether or not there is one. */
  has(file: string): boolean;
  /** Gives a file a text of its own, as standard input or an editor does; null takes the file away. */
  set(file: string, text: string | null): void;
  /** Drops what was read from disk; it is read again when asked for. A text that was `set` stays. */
  drop(file: string): void;
}

/** Texts of a run, which tell what each is known by: a digest, null for a file that is not there. */
export interface RunTexts extends Texts {
  digest(file: string): string | null;
}

const gone: ReadResult = { failure: 'missing', message: 'no such file' };

/** Starts an empty collection of texts, read from disk as they are asked for. Names are as from `root`, where one is given. */
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
 * Asks the engine until it lacks nothing: loads what it needs and asks again. Texts that are read on demand leave nothing to
 * ask for; those of a host that must wait for its files do. An engine that asks for a file it was already given is broken;
 * the loop ends with an error rather than never.
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
    if (missing.length === 0) throw new Error(`the engine asks again for ${result.needs.join(', ') || 'nothing'}`);
    for (const file of missing) texts.load(file);
  }
}
