/* A PCI driver as the textbook has it. */
#include <linux/dma-mapping.h>
#include <linux/pci.h>

struct lab_board {
	struct pci_dev *pdev;
	void *ring;
	dma_addr_t ring_addr;
};

int lab_prepare(struct lab_board *board);
int lab_post(struct lab_board *board, dma_addr_t addr);

int lab_probe(struct pci_dev *pdev, struct lab_board *board)
{
	int ret;

	board->pdev = pdev;
	ret = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
	if (ret)
		return ret;

	board->ring = dma_alloc_coherent(&pdev->dev, PAGE_SIZE,
					 &board->ring_addr, GFP_KERNEL);
	if (!board->ring)
		return -ENOMEM;

	return 0;
}

int lab_send(struct lab_board *board, void *data)
{
	struct device *dev = &board->pdev->dev;
	dma_addr_t addr;
	int ret;

	addr = dma_map_single(dev, data, PAGE_SIZE, DMA_TO_DEVICE);
	if (dma_mapping_error(dev, addr))
		return -ENOMEM;

	ret = lab_prepare(board);
	if (ret)
		goto unmap;

	ret = lab_post(board, addr);
unmap:
	dma_unmap_single(dev, addr, PAGE_SIZE, DMA_TO_DEVICE);

	return ret;
}
