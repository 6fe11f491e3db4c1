/* A ring that stays mapped and is synchronised before each look at it, and an answer that is read once it is unmapped. */
#include <linux/dma-mapping.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/string.h>

struct lab_ring {
	struct pci_dev *pdev;
	void *buffer;
	dma_addr_t addr;
};

void lab_post(struct lab_ring *ring, dma_addr_t addr, u32 len);
int lab_wait(struct lab_ring *ring);

int lab_ring_init(struct lab_ring *ring)
{
	struct device *dev = &ring->pdev->dev;

	ring->buffer = kzalloc(PAGE_SIZE, GFP_KERNEL);
	if (!ring->buffer)
		return -ENOMEM;

	ring->addr = dma_map_single(dev, ring->buffer, PAGE_SIZE, DMA_FROM_DEVICE);
	if (dma_mapping_error(dev, ring->addr)) {
		kfree(ring->buffer);
		return -ENOMEM;
	}

	return 0;
}

void lab_ring_read(struct lab_ring *ring, void *to, u32 len)
{
	struct device *dev = &ring->pdev->dev;

	dma_sync_single_for_cpu(dev, ring->addr, len, DMA_FROM_DEVICE);
	memcpy(to, ring->buffer, len);
	dma_sync_single_for_device(dev, ring->addr, len, DMA_FROM_DEVICE);
}

void lab_ring_exit(struct lab_ring *ring)
{
	dma_unmap_single(&ring->pdev->dev, ring->addr, PAGE_SIZE, DMA_FROM_DEVICE);
	kfree(ring->buffer);
}

int lab_ask(struct lab_ring *ring, void *answer, void *to)
{
	struct device *dev = &ring->pdev->dev;
	dma_addr_t addr;
	int ret;

	addr = dma_map_single(dev, answer, PAGE_SIZE, DMA_FROM_DEVICE);
	if (dma_mapping_error(dev, addr))
		return -ENOMEM;

	lab_post(ring, addr, PAGE_SIZE);
	ret = lab_wait(ring);
	dma_unmap_single(dev, addr, PAGE_SIZE, DMA_FROM_DEVICE);
	memcpy(to, answer, PAGE_SIZE);

	return ret;
}
