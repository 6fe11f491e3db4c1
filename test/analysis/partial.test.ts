/** Gaps of the analysis are listed once, with their place; irrelevant ones are not. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Engine } from '../../src/engine/types';
import type { CheckResult } from '../../src/review/types';
import { checkFiles, loadEngine, root } from './support/engine';

let engine: Engine;

/** Checks a file with this text in the tree of the samples. */
function check(text: string): CheckResult {
  const tree = path.join(root, 'samples');
  const file = `${tree}/drivers/hv/case.c`;
  const read = (name: string): string | null => {
    if (name === file) return text;
    return name.endsWith('.h') ? readHeader(name) : null;
  };
  return checkFiles(engine, { files: [file], kernel: '7.1', tree }, read);
}

/** The list of gaps, as `function: why`. */
function ledger({ partial }: CheckResult['stats']): string[] {
  return partial.map(({ function: name, why }) => `${name ?? ''}: ${why}`);
}

function readHeader(name: string): string | null {
  try {
    return readFileSync(name, 'utf8');
  } catch {
    return null;
  }
}

const start = '#include <linux/hyperv.h>\n#include <linux/dma-mapping.h>\n\n';

describe('the list of gaps', () => {
  before(async () => {
    engine = await loadEngine();
  });

  it('contains a recursive function that registers devices once', () => {
    const text = `${start}static void walk(struct hv_device *hdev, int depth)
{
	if (depth > 0)
		walk(hdev, depth - 1);
	device_register(&hdev->device);
}

void first(struct hv_device *hdev)
{
	walk(hdev, 1);
}

void second(struct hv_device *hdev)
{
	walk(hdev, 2);
}
`;
    assert.deepEqual(ledger(check(text).stats), ['walk: recursive; only the outermost call is analyzed']);
  });

  it('omits recursion that does not affect devices', () => {
    const text = `${start}static int depth_of(int n)
{
	return n > 0 ? depth_of(n - 1) + 1 : 0;
}

int add(struct hv_device *hdev)
{
	depth_of(3);
	return device_register(&hdev->device);
}
`;
    assert.deepEqual(ledger(check(text).stats), []);
  });

  it('contains a function with an exponential number of paths, and terminates', () => {
    const text = `${start}static void step(struct hv_device *hdev, int how)
{
	switch (how) {
${[1, 2, 3, 4, 5, 6].map((n) => `	case ${n}:\n		dma_set_coherent_mask(&hdev->device, DMA_BIT_MASK(${n + 31}));\n		break;`).join('\n')}
	}
}

void walk(struct hv_device *hdev, const int *how)
{
${Array.from({ length: 14 }, (_, n) => `	step(hdev, how[${n}]);`).join('\n')}
}
`;
    const [why, ...more] = ledger(check(text).stats);
    assert.match(
      why ?? '',
      /^walk: (?:state limit: more than 32 device states at one program point|work limit: not every path was analyzed)$/,
    );
    assert.deepEqual(more, []);
  });

  /** A function with conditional mappings, each combination of which is a separate state. */
  const mapsBy = (count: number): string => `${start}void send(struct device *dev, struct lab *lab)
{
${Array.from({ length: count }, (_, n) => `	if (lab->wants[${n}])\n		lab->at[${n}] = dma_map_single(dev, lab->buffer[${n}], 64, DMA_TO_DEVICE);`).join('\n')}
${Array.from({ length: count }, (_, n) => `	if (lab->wants[${n}])\n		dma_unmap_single(dev, lab->at[${n}], 64, DMA_TO_DEVICE);`).join('\n')}
}
`;

  it('contains a function with too many states of mappings', () => {
    assert.deepEqual(ledger(check(mapsBy(2)).stats), []);
    assert.deepEqual(
      ledger(check(mapsBy(8)).stats).filter((entry) => entry.includes('mappings')),
      ['send: state limit: more than 32 states of mappings and locks at one program point'],
    );
  });

  it('contains a callee with too many states of locks', () => {
    const text = `${start}void drop(struct device *dev, struct lab *lab)
{
${Array.from({ length: 8 }, (_, n) => `	if (lab->wants[${n}])\n		spin_lock(&lab->lock[${n}]);`).join('\n')}
	dma_unmap_single(dev, lab->at, 64, DMA_TO_DEVICE);
}
`;
    assert.deepEqual(ledger(check(text).stats), [
      'drop: state limit: more than 32 states of mappings and locks at one program point',
    ]);
  });

  it('contains a function without a closing brace, and none of the later functions', () => {
    const text = `${start}int open_ended(struct hv_device *hdev)
{
	if (hdev) {
		return device_register(&hdev->device);
}

static int swallowed(struct hv_device *hdev)
{
	return device_register(&hdev->device);
}

int swallowed_too(struct device *dev,
		  int flags)
{
	return device_register(dev);
}
`;
    const { stats, devices } = check(text);
    assert.deepEqual(ledger(stats), ['open_ended: does not parse as C; only the parts that parse were analyzed']);
    assert.deepEqual(
      devices.map(({ function: name }) => name),
      ['open_ended', 'swallowed', 'swallowed_too'],
    );
  });
});
