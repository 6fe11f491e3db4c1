/* One store for both kinds of device. */
#include <linux/dma-mapping.h>
#include <linux/hyperv.h>

static const struct bus_type lab_bus = {
	.name = "lab",
};

int lab_register(struct hv_device *hdev)
{
	struct device *dev = &hdev->device;

	dev->bus = &lab_bus;
	dev->dma_mask = &hdev->dma_mask;
	device_initialize(dev);
	dev->dma_io_tlb_mem = hdev->channel->co_external_memory ? NULL : dev->dma_io_tlb_mem;
	if (dma_set_mask(dev, DMA_BIT_MASK(64)))
		return -EIO;

	return device_add(dev);
}
