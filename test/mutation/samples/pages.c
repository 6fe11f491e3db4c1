/* Receive pages, found through driver data; a private channel gets none. */
#include <linux/dma-mapping.h>
#include <linux/hyperv.h>

struct lab_nic {
	struct hv_device *hdev;
	dma_addr_t addr;
};

static int lab_map_page(struct lab_nic *nic, struct page *page)
{
	struct device *dev = &nic->hdev->device;

	nic->addr = dma_map_page(dev, page, 0, PAGE_SIZE, DMA_FROM_DEVICE);

	return dma_mapping_error(dev, nic->addr) ? -ENOMEM : 0;
}

int lab_open(struct device *dev, struct page *page)
{
	struct lab_nic *nic = dev_get_drvdata(dev);

	if (nic->hdev->channel->co_external_memory)
		return 0;

	return lab_map_page(nic, page);
}
