import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { InventoryResult } from '../../src/review/types';
import { matchGolden } from '../golden';
import { cocoDma, root } from './run';

const bus = 'samples/drivers/hv/lab_bus.c';

describe('coco-dma inventory', () => {
  it('lists the calls of a folder for people', () => {
    const { code, stdout } = cocoDma(['inventory', 'samples']);
    matchGolden('samples/inventory.txt', stdout);
    assert.equal(code, 0);
  });

  it('lists the calls of a file for programs', () => {
    const { calls, partial } = JSON.parse(cocoDma(['inventory', bus, '--format', 'json']).stdout) as InventoryResult;
    assert.deepEqual(calls.at(-1), {
      kind: 'register',
      name: 'device_register',
      file: bus,
      line: 67,
      column: 8,
      function: 'lab_bus_offer',
      device: { expression: 'hdev->device', type: 'struct hv_device' },
    });
    assert.deepEqual(partial, []);
  });

  it('reads standard input', () => {
    const input = readFileSync(path.join(root, bus));
    const piped = cocoDma(['inventory', '-', '--stdin-filename', bus, '--format', 'json'], { input });
    assert.equal(piped.stdout, cocoDma(['inventory', bus, '--format', 'json']).stdout);
  });

  it('says what cannot be read', () => {
    const { code, stdout, stderr } = cocoDma(['inventory', 'nowhere.c']);
    assert.equal(stdout, '');
    assert.match(stderr, /nowhere\.c: no such file or directory/);
    assert.equal(code, 2);
    assert.match(cocoDma(['inventory']).stderr, /no input files/);
  });
});
