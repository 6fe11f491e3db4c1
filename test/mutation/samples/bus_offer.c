/* The flag as the host offered it; names and errors as a whole bus has them. */
#include <linux/dma-mapping.h>
#include <linux/hyperv.h>

static const struct bus_type lab_bus = {
	.name = "lab",
};

static void lab_release(struct device *dev)
{
	kfree(device_to_hv_device(dev));
}

int lab_offer(struct vmbus_channel *channel)
{
	struct hv_device *hdev;
	int ret;

	hdev = kzalloc(sizeof(*hdev), GFP_KERNEL);
	if (!hdev)
		return -ENOMEM;

	hdev->channel = channel;
	hdev->device.bus = &lab_bus;
	hdev->device.release = lab_release;
	hdev->device.dma_mask = &hdev->dma_mask;
	device_initialize(&hdev->device);
	ret = dev_set_name(&hdev->device, "lab-%u", channel->offermsg.child_relid);
	if (ret)
		goto err_put;

	ret = dma_set_mask(&hdev->device, DMA_BIT_MASK(64));
	if (ret)
		goto err_put;

	if (is_co_external_memory(&channel->offermsg))
		hdev->device.dma_io_tlb_mem = NULL;
	ret = device_add(&hdev->device);
	if (ret)
		goto err_put;

	channel->device_obj = hdev;
	return 0;

err_put:
	put_device(&hdev->device);
	return ret;
}
