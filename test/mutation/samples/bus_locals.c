/* The same by way of locals: the device, the channel, and the flag as it was when the function began. */
#include <linux/dma-mapping.h>
#include <linux/hyperv.h>

static const struct bus_type lab_bus = {
	.name = "lab",
};

int lab_register(struct hv_device *hdev)
{
	struct vmbus_channel *channel = hdev->channel;
	struct device *dev = &hdev->device;
	bool private = channel->co_external_memory;

	dev->bus = &lab_bus;
	dev->dma_mask = &hdev->dma_mask;
	device_initialize(dev);
	if (private) {
		dev_info(dev, "private memory\n");
		dev->dma_io_tlb_mem = NULL;
	}
	if (dma_set_mask(dev, DMA_BIT_MASK(64)))
		return -EIO;

	return device_add(dev);
}
