/** Users' trust predicates and models behave like the built-in ones, on a user-defined bus and on VMBus. */
import assert from 'node:assert/strict';
import type { CheckRequest, Engine } from '../../src/engine/types';
import type { CheckResult } from '../../src/review/types';
import { checkFiles, loadEngine } from './support/engine';
import { readText } from './support/load';

const tree = 'test/fixtures';
const file = `${tree}/made_up.c`;

const driver = `#include <linux/dma-mapping.h>

struct made_up_device {
	struct device dev;
	bool private;
};

bool made_up_is_private(struct made_up_device *lab);
dma_addr_t made_up_map(struct made_up_device *lab, void *data, size_t len);

dma_addr_t lab_send(struct made_up_device *lab, void *data)
{
	if (TEST)
		return dma_map_single(&lab->dev, data, 64, DMA_TO_DEVICE);
	return 0;
}

dma_addr_t lab_send_by_bus(struct made_up_device *lab, void *data)
{
	if (TEST)
		return MAP;
	return 0;
}
`;

let engine: Engine;

type Extension = Pick<CheckRequest, 'trust' | 'models'>;

function check(test: string, map: string, extension: Extension): CheckResult {
  const text = driver.replaceAll('TEST', test).replace('MAP', map);
  const request = { files: [file], kernel: '7.1' as const, tree, ...extension };
  return checkFiles(engine, request, (path) => (path === file ? text : readText(path)));
}

const found = ({ findings }: CheckResult): string[] =>
  findings.map((finding) => `${finding.rule} ${finding.tier} in ${finding.function}`);

const byFunction: Extension = { trust: [{ function: 'made_up_is_private', device: 'dev' }] };
const byMember: Extension = { trust: [{ struct: 'struct made_up_device', member: 'private', device: 'dev' }] };
const models: Extension['models'] = [{ function: 'made_up_map', effect: 'map', device: 'dev', size: 2 }];

describe('user-defined predicates and models', () => {
  before(async () => {
    engine = await loadEngine();
  });

  it('support a function as a trust predicate', () => {
    const test = 'made_up_is_private(lab)';
    const result = check(test, '0', byFunction);
    assert.deepEqual(found(result), ['swiotlb-reachable certain in lab_send']);
    assert.deepEqual(result.findings[0]?.conditions, [test]);
    assert.equal(result.findings[0].counterexample?.exposedBytes, 64);
    assert.deepEqual(found(check(`!${test}`, '0', byFunction)), [], 'a device that is not trusted has to bounce');
    assert.deepEqual(found(check(test, '0', {})), [], 'nobody said what the function means');
  });

  it('support a member of the enclosing structure as a trust predicate', () => {
    const result = check('lab->private', '0', byMember);
    assert.deepEqual(found(result), ['swiotlb-reachable certain in lab_send']);
    assert.deepEqual(result.findings[0]?.conditions, ['lab->private']);
    assert.deepEqual(found(check('!lab->private', '0', byMember)), []);
    const other: Extension = { trust: [{ struct: 'struct other', member: 'private', device: 'dev' }] };
    assert.deepEqual(found(check('lab->private', '0', other)), [], 'the member of another structure');
  });

  it('support a function that maps', () => {
    const trusted = 'device_cc_accepted(&lab->dev)';
    const map = 'made_up_map(lab, data, 32)';
    const result = check(trusted, map, { models });
    assert.deepEqual(found(result), [
      'swiotlb-reachable certain in lab_send',
      'swiotlb-reachable certain in lab_send_by_bus',
    ]);
    assert.equal(result.findings[1]?.counterexample?.exposedBytes, 32);
    assert.deepEqual(found(check(trusted, map, {})), ['swiotlb-reachable certain in lab_send']);
  });

  it('support a predicate for a bus, and show it in hovers', () => {
    const bus = { name: 'made-up', struct: 'struct made_up_device', device: 'dev' };
    const trust: Extension['trust'] = [{ struct: bus.struct, member: 'private', device: 'dev', bus }];
    assert.deepEqual(found(check('len', '0', { trust })), ['swiotlb-reachable certain in lab_send']);
    assert.deepEqual(found(check('len', '0', byMember)), [], 'without a bus somebody has to ask');
    const text = driver.replaceAll('TEST', '!lab->private').replace('MAP', '0');
    const snapshot = { read: (path: string) => (path === file ? text : readText(path)) };
    const line = text.split('\n').findIndex((each) => each.includes('dma_map_single')) + 1;
    const request = { files: [file], kernel: '7.1' as const, tree, trust, snapshot };
    const answer = engine.inspect(request, file, { line, column: 11 });
    assert.ok('inspection' in answer);
    assert.match(answer.inspection?.remarks.join() ?? '', /Safe: only devices without `lab->private` reach this line/);
  });

  it('invalidate results when they change', () => {
    const test = 'made_up_is_private(lab)';
    assert.equal(found(check(test, '0', byFunction)).length, 1);
    assert.equal(found(check(test, '0', {})).length, 0);
  });
});
