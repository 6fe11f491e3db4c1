/** The inventory: every call in the text, in all configurations, with its device. */
import assert from 'node:assert/strict';
import type { Engine } from '../../src/engine/types';
import { loadEngine } from './support/engine';

const header = `
struct device { void *dma_io_tlb_mem; };
struct pci_dev { struct device dev; };
struct lab { struct pci_dev *pdev; struct device *dev; };
`;

let engine: Engine;

/** The inventory of a text, one line per item: `line:column kind name device {type} function`. */
function list(code: string): string[] {
  const texts = new Map([
    ['lab.c', `#include "lab.h"\n${code}`],
    ['lab.h', header],
  ]);
  const answer = engine.inventory({
    files: ['lab.c'],
    snapshot: { read: (file) => texts.get(file) ?? null },
    tree: null,
  });
  assert.ok('calls' in answer);
  return answer.calls.map(({ line, column, kind, name, device, function: within }) => {
    const what = device === null ? '-' : `${device.expression} {${device.type}}`;
    return `${line}:${column} ${kind} ${name} ${what} ${within}`;
  });
}

describe('inventory', () => {
  before(async () => {
    engine = await loadEngine();
  });

  it('lists the calls in both arms of an #if, but none that no configuration compiles', () => {
    const code = `static int f(struct pci_dev *pdev, void *p)
{
#ifdef CONFIG_SWIOTLB
	dma_map_single(&pdev->dev, p, 1, 1);
#else
	dma_map_page(&pdev->dev, p, 0, 1, 1);
#endif
#if 0
	dma_map_sg(&pdev->dev, p, 1, 1);
#endif
	/* dma_map_resource(&pdev->dev); */
	log("dma_map_resource(&pdev->dev)");
	if (0) {
#ifndef CONFIG_X
	} else if (p) {
#endif
		set_memory_decrypted(p, 1);
	}
	return 0;
}
`;
    assert.deepEqual(list(code), [
      '5:2 map dma_map_single pdev->dev {struct pci_dev} f',
      '7:2 map dma_map_page pdev->dev {struct pci_dev} f',
      '18:3 decrypt set_memory_decrypted - f',
    ]);
  });

  it("lists a macro's calls at their places in its definition", () => {
    const code = `#define LAB_MAP(l, p) \\
	/* maps */ \\
	dma_map_single((l)->dev, (p), 1, 1)
#define LAB_ALL(...) do { dma_set_mask(__VA_ARGS__); } while (0)
#define LAB_CLEAR(d) ((d)->dma_io_tlb_mem = 0)
static void f(struct lab *lab, void *p)
{
	LAB_MAP(lab, p);
	LAB_MAP(lab, p);
	LAB_CLEAR(lab->dev);
}
`;
    assert.deepEqual(list(code), [
      '4:2 map dma_map_single l->dev {unknown} LAB_MAP',
      '5:27 mask dma_set_mask __VA_ARGS__ {unknown} LAB_ALL',
      '6:23 pool-write dma_io_tlb_mem d {unknown} LAB_CLEAR',
    ]);
  });

  it('resolves a device through locals, members and callers', () => {
    const code = `static void leaf(struct device *dev, void *p)
{
	dma_unmap_single(dev, p, 1, 1);
}
void exported(struct device *dev)
{
	dma_set_mask(dev, 1);
}
static void middle(struct lab *lab, void *p)
{
	struct device *dev = lab->dev;

	leaf(dev, p);
	dma_sync_single_for_cpu(dev, p, 1, 1);
}
int probe(struct pci_dev *pdev, struct lab *lab)
{
	struct device *d = &pdev->dev;

	lab->dev = d;
	middle(lab, 0);
	device_initialize(d);
	d->dma_io_tlb_mem = 0;
	return device_add(lab->dev);
}
`;
    assert.deepEqual(list(code), [
      '4:2 unmap dma_unmap_single dev {struct pci_dev} leaf',
      '8:2 mask dma_set_mask dev {struct device} exported',
      '15:2 sync dma_sync_single_for_cpu lab->dev {struct pci_dev} middle',
      '23:2 initialize device_initialize pdev->dev {struct pci_dev} probe',
      '24:2 pool-write dma_io_tlb_mem pdev->dev {struct pci_dev} probe',
      '25:9 add device_add pdev->dev {struct pci_dev} probe',
    ]);
  });

  it('lists calls in all kinds of expressions', () => {
    const code = `int f(struct lab *lab, void *p)
{
	struct pair { long a, b; } x = { dma_map_single(lab->dev, p, 1, 1), .b = dma_map_page(lab->dev, p, 0, 1, 1) };
	g((struct pair) { .a = dma_map_phys(lab->dev, 0, 1, 1, 0) });
	while (p ? ({ dma_map_sg(lab->dev, p, 1, 1); }) : 0)
		for (;; dma_unmap_sg(lab->dev, p, 1, 1))
			h(sizeof(dma_map_single(lab->dev, p, 1, 1)));
	return 0;
	dma_map_sgtable(lab->dev, p, 1, 0);
}
`;
    assert.deepEqual(
      list(code).map((line) => line.split(' ')[2]),
      ['dma_map_single', 'dma_map_page', 'dma_map_phys', 'dma_map_sg', 'dma_unmap_sg', 'dma_map_sgtable'],
    );
  });

  it('lists the calls in the valid parts of a function with syntax errors, and reports it as partial', () => {
    const text = 'void f(struct lab *lab)\n{\n\tif (x {\n\tdma_set_mask(lab->dev, 1);\n}\n';
    const answer = engine.inventory({
      files: ['bad.c'],
      snapshot: { read: (file) => (file === 'bad.c' ? text : null) },
      tree: null,
    });
    assert.ok('calls' in answer);
    assert.equal(answer.partial.length, 1);
    assert.equal(answer.partial[0]?.file, 'bad.c');
  });
});
