/* Every device of a list, by way of a function that registers one. */
#include <linux/dma-mapping.h>
#include <linux/hyperv.h>

static const struct bus_type lab_bus = {
	.name = "lab",
};

static int lab_register(struct hv_device *hdev)
{
	hdev->device.bus = &lab_bus;
	hdev->device.dma_mask = &hdev->dma_mask;
	device_initialize(&hdev->device);
	if (dma_set_mask(&hdev->device, DMA_BIT_MASK(64)))
		return -EIO;
	if (READ_ONCE(hdev->channel->co_external_memory))
		WRITE_ONCE(hdev->device.dma_io_tlb_mem, NULL);

	return device_add(&hdev->device);
}

int lab_register_all(struct list_head *channels)
{
	struct vmbus_channel *channel;
	int ret;

	list_for_each_entry(channel, channels, listentry) {
		ret = lab_register(channel->device_obj);
		if (ret)
			return ret;
	}

	return 0;
}
