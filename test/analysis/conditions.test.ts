/** A finding lists the conditions that it depends on, and no others. */
import assert from 'node:assert/strict';
import type { Engine } from '../../src/engine/types';
import type { Finding } from '../../src/review/types';
import { checkFiles, loadEngine } from './support/engine';
import { readText } from './support/load';

const tree = 'test/fixtures';
const file = `${tree}/made_up.c`;

let engine: Engine;

function findingIn(text: string): Finding {
  const { findings } = checkFiles(engine, { files: [file], kernel: '7.1', tree }, (path) =>
    path === file ? text : readText(path),
  );
  const [finding, ...more] = findings;
  assert.ok(finding && more.length === 0, findings.map(({ message }) => message).join('\n'));
  return finding;
}

const steps = ({ evidence }: Finding): string => evidence.map(({ message }) => message).join('\n');

const send = (before: string, test: string): string => `#include <linux/dma-mapping.h>
#include <linux/pci.h>

int lab_post(struct pci_dev *pdev, dma_addr_t addr);
void lab_trace(void *data);

int lab_send(struct pci_dev *pdev, void *data, bool busy, bool late)
{
	dma_addr_t addr;

${before}
	addr = dma_map_single(&pdev->dev, data, 64, DMA_TO_DEVICE);
	if (dma_mapping_error(&pdev->dev, addr))
		return -ENOMEM;
	if (${test})
		return -EBUSY;
	return lab_post(pdev, addr);
}
`;

const register = `#include <linux/device.h>
#include <linux/slab.h>

struct lab_device {
	u64 dma_mask;
	struct device dev;
};

int lab_add(struct device *parent, bool named)
{
	struct lab_device *lab = kzalloc(sizeof(*lab), GFP_KERNEL);
	int ret;

	if (!lab)
		return -ENOMEM;
	if (parent->dma_mask) {
		lab->dma_mask = *parent->dma_mask;
		lab->dev.dma_mask = &lab->dma_mask;
	}
	if (!named)
		return -EINVAL;
	dev_set_name(&lab->dev, "lab");
	ret = device_register(&lab->dev);
	if (ret)
		kfree(lab);
	return ret;
}
`;

describe('the conditions of a finding', () => {
  before(async () => {
    engine = await loadEngine();
  });

  it('are those that it depends on', () => {
    const finding = findingIn(send('', 'busy && late'));
    assert.equal(finding.rule, 'unmatched-unmap');
    assert.deepEqual(finding.conditions, ['busy', 'late']);
  });

  it('omit a configuration symbol that does not affect it', () => {
    const finding = findingIn(send('#ifdef CONFIG_LAB_TRACE\n\tif (late)\n\t\tlab_trace(data);\n#endif', 'busy'));
    assert.deepEqual(finding.conditions, ['busy']);
    assert.doesNotMatch(steps(finding), /CONFIG_LAB_TRACE/);
  });

  it('include a configuration symbol that affects it', () => {
    const finding = findingIn(send('#ifndef CONFIG_LAB_TRACE\n\tbusy = false;\n#endif', 'busy'));
    assert.deepEqual(finding.conditions, ['CONFIG_LAB_TRACE', 'busy']);
    assert.match(steps(finding), /taken when CONFIG_LAB_TRACE/);
  });

  it('omit a condition that only changes a property of the device', () => {
    const finding = findingIn(register);
    assert.equal(finding.rule, 'freed-after-initialize');
    assert.deepEqual(finding.conditions, ['named']);
  });
});
