import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createEngine } from '../../../src/engine';
import type { CheckRequest, Engine } from '../../../src/engine/types';
import type { CheckResult } from '../../../src/review/types';
import { loadGrammar } from '../../../src/syntax/parser';

export const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Loads grammar and engine. */
export async function loadEngine(): Promise<Engine> {
  const parser = await loadGrammar({
    runtime: path.join(root, 'node_modules/web-tree-sitter/web-tree-sitter.wasm'),
    language: path.join(root, 'node_modules/tree-sitter-c/tree-sitter-c.wasm'),
  });
  return createEngine(parser);
}

/** How often an engine may ask for files before it counts as one that never ends. */
const maxRounds = 100;

/**
 * Runs a check the way a host does: the engine starts with no text at all, names what it needs and is asked again. `load`
 * answers null for a file that does not exist.
 */
export function checkFiles(
  engine: Engine,
  request: Omit<CheckRequest, 'snapshot'>,
  load: (path: string) => string | null,
): CheckResult {
  const texts = new Map<string, string | null>();
  const read = (file: string) => texts.get(path.posix.normalize(file));
  for (let round = 0; round < maxRounds; round++) {
    const answer = engine.check({ ...request, snapshot: { read } });
    if (!('needs' in answer)) return answer;
    const missing = answer.needs.map((file) => path.posix.normalize(file)).filter((file) => !texts.has(file));
    if (missing.length === 0) throw new Error(`the engine asks again for what it has: ${answer.needs.join(', ')}`);
    for (const file of missing) texts.set(file, load(file));
  }
  throw new Error(`the engine still needs files after ${maxRounds} rounds`);
}
