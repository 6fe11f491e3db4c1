// SPDX-License-Identifier: MIT
/*
 * lab_bus: VMBus in miniature.
 *
 * Every offer of the host becomes a struct hv_device on this bus; a driver
 * binds to it and does DMA through hdev->device.
 *
 * In a confidential VM, an offer with co_external_memory comes from the
 * paravisor: its device may read and write private guest memory. This bus
 * registers such a device like any other one, so device_register() points it
 * at the default swiotlb pool, and everything it maps is copied to memory that
 * the host can read. lab_bus_fixed.c shows the repair.
 */
#include <linux/dma-mapping.h>
#include <linux/hyperv.h>
#include <linux/module.h>
#include <linux/slab.h>

static const struct bus_type lab_bus_type = {
	.name = "lab",
};

static void lab_device_release(struct device *dev)
{
	kfree(device_to_hv_device(dev));
}

static struct hv_device *lab_device_alloc(struct vmbus_channel *channel)
{
	struct hv_device *hdev;

	hdev = kzalloc(sizeof(*hdev), GFP_KERNEL);
	if (!hdev)
		return NULL;

	hdev->channel = channel;
	hdev->dev_type = channel->offermsg.offer.if_type;
	hdev->dev_instance = channel->offermsg.offer.if_instance;

	hdev->device.bus = &lab_bus_type;
	hdev->device.release = lab_device_release;
	hdev->device.dma_parms = &hdev->dma_parms;
	hdev->device.dma_mask = &hdev->dma_mask;

	return hdev;
}

int lab_bus_offer(struct vmbus_channel *channel)
{
	struct hv_device *hdev;
	int ret;

	hdev = lab_device_alloc(channel);
	if (!hdev)
		return -ENOMEM;

	ret = dma_set_mask_and_coherent(&hdev->device, DMA_BIT_MASK(64));
	if (ret)
		goto err_free;

	ret = dev_set_name(&hdev->device, "lab-%u",
			   channel->offermsg.child_relid);
	if (ret)
		goto err_free;

	/* Binds a driver, which may map memory before this returns. */
	ret = device_register(&hdev->device);
	if (ret) {
		pr_err("lab: cannot register device of offer %u\n",
		       channel->offermsg.child_relid);
		goto err_put;
	}

	channel->device_obj = hdev;
	return 0;

err_put:
	put_device(&hdev->device);
	return ret;
err_free:
	kfree(hdev);
	return ret;
}
EXPORT_SYMBOL_GPL(lab_bus_offer);

void lab_bus_rescind(struct vmbus_channel *channel)
{
	struct hv_device *hdev = channel->device_obj;

	channel->device_obj = NULL;
	device_unregister(&hdev->device);
}
EXPORT_SYMBOL_GPL(lab_bus_rescind);

static int __init lab_bus_init(void)
{
	return bus_register(&lab_bus_type);
}
module_init(lab_bus_init);

MODULE_DESCRIPTION("A bus that registers every device alike");
MODULE_LICENSE("Dual MIT/GPL");
