import assert from 'node:assert/strict';
import path from 'node:path';
import { makeFolder } from '../host/temporary';
import { cocoDma } from './run';

const program = {
  version: 1,
  machine: { kernel: '7.1', coco: 'snp-vtom', swiotlb: 'default' },
  steps: [
    { op: 'device', id: 'd0', lifecycle: ['device_register'], channel: { ring: true, external: true } },
    { op: 'dma_set_mask', device: 'd0', bits: 64 },
    { op: 'dma_map_page', id: 'm0', device: 'd0', phys: '0x120000000', offset: 0, size: 4096, dir: 'to_device' },
  ],
};
const protectedProgram = {
  ...program,
  steps: [
    { ...program.steps[0], lifecycle: ['device_initialize', 'pool=null', 'device_add'] },
    ...program.steps.slice(1),
  ],
};

interface Row {
  readonly error?: string;
  readonly steps?: readonly { readonly op: string; readonly result?: string; readonly exposedBytes?: number }[];
}

const rows = (stdout: string): Row[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);

describe('coco-dma replay', () => {
  it('runs a program from a file, however it is laid out', () => {
    const folder = makeFolder({ 'p.json': JSON.stringify(program, null, 2) });
    const { code, stdout } = cocoDma(['replay', path.join(folder, 'p.json')]);
    assert.equal(code, 0);
    const [row, ...more] = rows(stdout);
    assert.deepEqual(more, []);
    assert.equal(row?.steps?.[2]?.result, 'bounced');
    assert.equal(row.steps[2].exposedBytes, 4096);
  });

  it('runs one program a line from standard input, and the rest when one is broken', () => {
    const broken = { ...program, steps: [{ op: 'dma_unmap_page', mapping: 'none' }] };
    const input = [program, broken, protectedProgram].map((each) => JSON.stringify(each)).join('\n') + '\n{"version"\n';
    const { code, stdout, stderr } = cocoDma(['replay', '-'], { input });
    const [exposed, invalid, safe, cut] = rows(stdout);
    assert.equal(code, 2);
    assert.equal(exposed?.steps?.[2]?.result, 'bounced');
    assert.match(invalid?.error ?? '', /^step 1: /);
    assert.equal(safe?.steps?.[2]?.result, 'direct');
    assert.match(cut?.error ?? '', /^not JSON: /);
    assert.match(stderr, /2 of 4 programs failed/);
  });

  it('says what is wrong with its input', () => {
    const folder = makeFolder({
      'empty.json': '\n',
      'bad.json': '{\n "version": 1,\n',
      'blob.json': Uint8Array.from([0]),
    });
    assert.match(
      cocoDma(['replay', path.join(folder, 'empty.json')]).stderr,
      /empty\.json: empty file, expected a DMA program/,
    );
    assert.match(cocoDma(['replay', path.join(folder, 'blob.json')]).stderr, /binary file, not JSON/);
    assert.match(cocoDma(['replay', path.join(folder, 'none.json')]).stderr, /no such file/);
    const bad = cocoDma(['replay', path.join(folder, 'bad.json')]);
    assert.equal(bad.code, 2);
    assert.equal(rows(bad.stdout).length, 1);
  });

  it('prints everything when its output is a pipe', () => {
    const input = Array.from({ length: 3000 }, () => JSON.stringify(program)).join('\n');
    const { code, stdout } = cocoDma(['replay', '-'], { input });
    assert.equal(code, 0);
    assert.equal(rows(stdout).length, 3000);
  });
});
