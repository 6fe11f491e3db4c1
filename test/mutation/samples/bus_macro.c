/* A macro takes the pool away. */
#include <linux/dma-mapping.h>
#include <linux/hyperv.h>

#define LAB_NO_BOUNCE(dev) \
	do { \
		(dev)->dma_io_tlb_mem = NULL; \
	} while (0)

static const struct bus_type lab_bus = {
	.name = "lab",
};

int lab_register(struct hv_device *hdev)
{
	hdev->device.bus = &lab_bus;
	hdev->device.dma_mask = &hdev->dma_mask;
	device_initialize(&hdev->device);
	if (hdev->channel->co_external_memory)
		LAB_NO_BOUNCE(&hdev->device);
	if (dma_set_mask(&hdev->device, DMA_BIT_MASK(64)))
		return -EIO;

	return device_add(&hdev->device);
}
