import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';

/** What a text is known by now; null for a file that is not there. */
export type DigestOf = (file: string) => string | null;

/** Answers kept on disk, each with the texts that it rests on. */
export interface AnswerCache {
  /** The answer to a question, where every text that it rests on is as it was; else null. */
  find(question: unknown, digestOf: DigestOf): unknown;
  /** Keeps an answer that rests on what `read` names. A folder that cannot be written keeps nothing. */
  keep(question: unknown, read: Iterable<string>, digestOf: DigestOf, answer: unknown): void;
}

interface Entry {
  /** Digests of the texts, null for files that were looked for and are not there. */
  readonly read: Readonly<Record<string, string | null>>;
  readonly answer: unknown;
}

/** Where answers are kept unless somebody says otherwise. */
export function defaultCacheFolder(): string {
  return path.join(process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache'), 'coco-dma', 'answers');
}

/**
 * Opens a folder of answers. `maker` tells what made them: another version of the program asks its questions anew. A file
 * that is broken, or gone in between, is as good as none.
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
        // in one step: another process sees the whole file or none
        renameSync(draft, file);
      } catch {
        rmSync(draft, { force: true });
      }
    },
  };
}

/** Deletes what was not used for longest until the folder holds no more than `bytes`. */
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
    // there is no such folder yet
  }
}
