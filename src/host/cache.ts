import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';

/** Returns the current digest of a text; null for a missing file. */
export type DigestOf = (file: string) => string | null;

/** Answers on disk, each with the digests of the texts that it depends on. */
export interface AnswerCache {
  /** The answer to a question if all texts that it depends on are unchanged; else null. */
  find(question: unknown, digestOf: DigestOf): unknown;
  /** Stores an answer that depends on the files in `read`. Nothing is stored if the folder is not writable. */
  keep(question: unknown, read: Iterable<string>, digestOf: DigestOf, answer: unknown): void;
}

interface Entry {
  /** Digests of the texts; null for files that were looked up but do not exist. */
  readonly read: Readonly<Record<string, string | null>>;
  readonly answer: unknown;
}

/** The default folder for answers. */
export function defaultCacheFolder(): string {
  return path.join(process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache'), 'coco-dma', 'answers');
}

/**
 * Opens a folder of answers. `maker` identifies the program that made them: another version does not use them. A damaged or
 * deleted file counts as no answer.
 */
export function openCache(folder: string, maker: string): AnswerCache {
  const fileOf = (question: unknown): string =>
    path.join(
      folder,
      `${createHash('sha256')
        .update(JSON.stringify([maker, question]))
        .digest('hex')
        .slice(0, 40)}.gz`,
    );
  return {
    find(question, digestOf) {
      const file = fileOf(question);
      try {
        const entry = JSON.parse(gunzipSync(readFileSync(file)).toString()) as Entry;
        for (const [name, was] of Object.entries(entry.read)) if (digestOf(name) !== was) return null;
        const now = new Date();
        utimesSync(file, now, now);
        return entry.answer;
      } catch {
        return null;
      }
    },
    keep(question, read, digestOf, answer) {
      const entry: Entry = {
        read: Object.fromEntries([...read].map((name) => [name, digestOf(name)])),
        answer,
      };
      const file = fileOf(question);
      const draft = `${file}.${process.pid}.${Math.random().toString(36).slice(2)}`;
      try {
        mkdirSync(folder, { recursive: true });
        writeFileSync(draft, gzipSync(JSON.stringify(entry), { level: 1 }));
        // atomic: another process sees the whole file or none
        renameSync(draft, file);
      } catch {
        rmSync(draft, { force: true });
      }
    },
  };
}

/** Deletes the least recently used answers until the folder has at most `bytes`. */
export function trimCache(folder: string, bytes: number): void {
  try {
    const files = readdirSync(folder).flatMap((name) => {
      const file = path.join(folder, name);
      const stats = statSync(file, { throwIfNoEntry: false });
      return stats ? [{ file, size: stats.size, used: stats.mtimeMs }] : [];
    });
    let left = bytes;
    for (const { file, size } of files.sort((a, b) => b.used - a.used)) {
      left -= size;
      if (left < 0) rmSync(file, { force: true });
    }
  } catch {
    // the folder does not exist yet
  }
}
