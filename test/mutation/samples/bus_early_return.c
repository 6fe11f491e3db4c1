/* A helper that leaves at once where the device has to bounce. */
#include <linux/dma-mapping.h>
#include <linux/hyperv.h>

static const struct bus_type lab_bus = {
	.name = "lab",
};

static void lab_setup_dma(struct hv_device *hdev)
{
	struct device *dev = &hdev->device;

	dev->dma_mask = &hdev->dma_mask;
	dev->dma_parms = &hdev->dma_parms;
	if (!hdev->channel->co_external_memory)
		return;

	dev->dma_io_tlb_mem = NULL;
}

int lab_register(struct hv_device *hdev)
{
	hdev->device.bus = &lab_bus;
	device_initialize(&hdev->device);
	lab_setup_dma(hdev);
	if (dma_set_mask(&hdev->device, DMA_BIT_MASK(64)))
		return -EIO;

	return device_add(&hdev->device);
}
