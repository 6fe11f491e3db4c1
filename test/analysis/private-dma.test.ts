/** What findings say about private DMA on Linux 7.3, from the tree's own force_dma_unencrypted(). */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { checkWithFixes, type KernelVersion } from '../../src/engine';
import type { CheckRequest, Engine } from '../../src/engine/types';
import { explanation } from '../../src/report/wording';
import type { Finding } from '../../src/review/types';
import { checkFiles, loadEngine, root } from './support/engine';

const tree = path.join(root, 'samples');
const bus = path.join(tree, 'drivers/hv/lab_bus.c');
const fixedBus = path.join(tree, 'drivers/hv/lab_bus_fixed.c');

const x86 = (first: string): string => `
bool force_dma_unencrypted(struct device *dev)
{
	${first}
	/* dev is not asked here */
	if (cc_platform_has(CC_ATTR_GUEST_MEM_ENCRYPT))
		return true;

	if (cc_platform_has(CC_ATTR_HOST_MEM_ENCRYPT))
		return dev->coherent_dma_mask <= mask;

	return false;
}
`;

describe('private DMA on Linux 7.3', () => {
  let engine: Engine;

  before(async () => {
    const loaded = await loadEngine();
    engine = { ...loaded, check: (request: CheckRequest) => checkWithFixes(loaded, request) };
  });

  function findingOf(rule: string, file: string, sources: Record<string, string>, kernel: KernelVersion): Finding {
    const { findings } = checkFiles(engine, { files: [file], kernel, tree }, (name) => {
      const own = sources[path.relative(tree, name)];
      return own ?? (existsSync(name) ? readFileSync(name, 'utf8') : null);
    });
    const finding = findings.find((each) => each.rule === rule);
    assert.ok(finding, findings.map((each) => each.rule).join());
    return finding;
  }

  const needed = (finding: Finding): string[] => explanation(finding).filter((line) => line.startsWith('needs: '));
  const property = 'needs: a per-device property that force_dma_unencrypted() tests, set before device_add()';

  it('names what is needed, and that the tree has no such property', () => {
    const sources = { 'arch/x86/mm/mem_encrypt.c': x86('') };
    for (const [rule, file] of [
      ['swiotlb-reachable', bus],
      ['null-pool-rejected', fixedBus],
    ] as const) {
      const finding = findingOf(rule, file, sources, '7.3');
      assert.deepEqual(needed(finding), [`${property}; this tree has none`]);
      assert.equal(finding.fix, undefined);
    }
  });

  it('finds the property of a tree that tests its device first', () => {
    const sources = { 'arch/x86/mm/mem_encrypt.c': x86('if (dev && dev->dma_private)\n\t\treturn false;') };
    const [line] = needed(findingOf('swiotlb-reachable', bus, sources, '7.3'));
    assert.equal(line, `${property}; force_dma_unencrypted() of this tree tests its device`);
  });

  it('says so where the tree lacks the function', () => {
    const [line] = needed(findingOf('swiotlb-reachable', bus, {}, '7.3'));
    assert.equal(line, `${property}; force_dma_unencrypted() could not be found in this tree`);
  });

  it('is silent for kernels that go by the pool, where the fix works', () => {
    const finding = findingOf('swiotlb-reachable', bus, { 'arch/x86/mm/mem_encrypt.c': x86('') }, '7.2');
    assert.deepEqual(needed(finding), []);
    assert.equal(finding.fix?.verified, true);
  });
});
