/* The question and the answer in helpers of their own. */
#include <linux/dma-mapping.h>
#include <linux/hyperv.h>

static const struct bus_type lab_bus = {
	.name = "lab",
};

static bool lab_is_private(const struct hv_device *hdev)
{
	return hdev->channel->co_external_memory;
}

static void lab_disable_bounce(struct device *dev)
{
	dev->dma_io_tlb_mem = NULL;
}

int lab_register(struct hv_device *hdev)
{
	int ret;

	hdev->device.bus = &lab_bus;
	hdev->device.dma_mask = &hdev->dma_mask;
	device_initialize(&hdev->device);
	if (lab_is_private(hdev))
		lab_disable_bounce(&hdev->device);
	if (dma_set_mask(&hdev->device, DMA_BIT_MASK(64)))
		return -EIO;

	ret = device_add(&hdev->device);
	if (ret < 0)
		return ret;

	return 0;
}
