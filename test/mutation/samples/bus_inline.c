/* A bus that registers in one function: initialise, take the pool away from a confidential device, add. */
#include <linux/dma-mapping.h>
#include <linux/hyperv.h>

static const struct bus_type lab_bus = {
	.name = "lab",
};

int lab_register(struct hv_device *hdev)
{
	int ret;

	hdev->device.bus = &lab_bus;
	hdev->device.dma_parms = &hdev->dma_parms;
	hdev->device.dma_mask = &hdev->dma_mask;
	device_initialize(&hdev->device);
	if (dma_set_mask_and_coherent(&hdev->device, DMA_BIT_MASK(64)))
		return -EIO;
	if (hdev->channel->co_external_memory)
		hdev->device.dma_io_tlb_mem = NULL;
	ret = device_add(&hdev->device);
	if (ret)
		dev_err(&hdev->device, "cannot add the device: %d\n", ret);

	return ret;
}
