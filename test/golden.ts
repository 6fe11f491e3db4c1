import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Compares output with test/golden/<name>; `UPDATE_GOLDEN=1` writes it instead, to be read in the diff. */
export function matchGolden(name: string, actual: string): void {
  const file = path.join(__dirname, 'golden', name);
  if (process.env['UPDATE_GOLDEN']) {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, actual);
    return;
  }
  const expected = existsSync(file) ? readFileSync(file, 'utf8') : '';
  assert.equal(actual, expected, `differs from test/golden/${name}; if that is right: UPDATE_GOLDEN=1 npm test`);
}
