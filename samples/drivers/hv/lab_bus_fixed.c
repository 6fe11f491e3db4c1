// SPDX-License-Identifier: MIT
/*
 * lab_bus_fixed: lab_bus.c, repaired.
 *
 * device_register() is device_initialize() and device_add() in one. The former
 * points the device at the default swiotlb pool, the latter lets drivers bind;
 * the pool has to go in between. Without a pool, streaming DMA is direct: right
 * for a device that may access private memory, fatal for one that may not, so
 * the offer's co_external_memory decides.
 */
#include <linux/dma-mapping.h>
#include <linux/hyperv.h>
#include <linux/module.h>
#include <linux/slab.h>

static const struct bus_type lab_fixed_bus_type = {
	.name = "lab-fixed",
};

static void lab_fixed_release(struct device *dev)
{
	kfree(device_to_hv_device(dev));
}

static struct hv_device *lab_fixed_alloc(struct vmbus_channel *channel)
{
	struct hv_device *hdev;

	hdev = kzalloc(sizeof(*hdev), GFP_KERNEL);
	if (!hdev)
		return NULL;

	hdev->channel = channel;
	hdev->dev_type = channel->offermsg.offer.if_type;
	hdev->dev_instance = channel->offermsg.offer.if_instance;

	hdev->device.bus = &lab_fixed_bus_type;
	hdev->device.release = lab_fixed_release;
	hdev->device.dma_parms = &hdev->dma_parms;
	hdev->device.dma_mask = &hdev->dma_mask;

	/* From here on put_device() frees it. */
	device_initialize(&hdev->device);

	return hdev;
}

int lab_fixed_offer(struct vmbus_channel *channel)
{
	struct hv_device *hdev;
	int ret;

	hdev = lab_fixed_alloc(channel);
	if (!hdev)
		return -ENOMEM;

	ret = dma_set_mask_and_coherent(&hdev->device, DMA_BIT_MASK(64));
	if (ret)
		goto err_put;

	ret = dev_set_name(&hdev->device, "lab-fixed-%u",
			   channel->offermsg.child_relid);
	if (ret)
		goto err_put;

	/*
	 * The paravisor's device reaches private memory: bouncing would copy
	 * the data to where the host can read it.
	 */
	if (channel->co_external_memory)
		hdev->device.dma_io_tlb_mem = NULL;

	ret = device_add(&hdev->device);
	if (ret) {
		pr_err("lab-fixed: cannot add device of offer %u\n",
		       channel->offermsg.child_relid);
		goto err_put;
	}

	channel->device_obj = hdev;
	return 0;

err_put:
	put_device(&hdev->device);
	return ret;
}
EXPORT_SYMBOL_GPL(lab_fixed_offer);

void lab_fixed_rescind(struct vmbus_channel *channel)
{
	struct hv_device *hdev = channel->device_obj;

	channel->device_obj = NULL;
	device_unregister(&hdev->device);
}
EXPORT_SYMBOL_GPL(lab_fixed_rescind);

static int __init lab_fixed_init(void)
{
	return bus_register(&lab_fixed_bus_type);
}
module_init(lab_fixed_init);

MODULE_DESCRIPTION("A bus that keeps confidential devices off the bounce buffer");
MODULE_LICENSE("Dual MIT/GPL");
