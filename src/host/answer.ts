import type { Needs, Snapshot } from '../engine/types';
import { readSource, type ReadResult } from './files';

/** Texts that the host has looked at; the engine sees them as its snapshot. */
export interface Texts extends Snapshot {
  /** Looks at a file once, and answers what came of it. */
  load(file: string): ReadResult;
  /** Gives a file a text of its own, as standard input or an editor does. */
  set(file: string, text: string): void;
  /** Drops what was read from disk; it is read again when asked for. A text that was `set` stays. */
  drop(file: string): void;
}

/** Starts an empty collection of texts, read from disk as they are asked for. */
export function createTexts(maxFileSize?: number): Texts {
  const given = new Map<string, ReadResult>();
  const loaded = new Map<string, ReadResult>();
  return {
    read(file) {
      const result = given.get(file) ?? loaded.get(file);
      return result && ('text' in result ? result.text : null);
    },
    load(file) {
      const result = given.get(file) ?? loaded.get(file) ?? readSource(file, maxFileSize);
      loaded.set(file, result);
      return result;
    },
    set(file, text) {
      given.set(file, { text, bytes: Buffer.byteLength(text) });
    },
    drop(file) {
      loaded.delete(file);
    },
  };
}

/**
 * Asks the engine until it lacks nothing: loads what it needs and asks again. An engine that asks for a file it was
 * already given is broken; the loop ends with an error rather than never.
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
