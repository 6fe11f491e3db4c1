// SPDX-License-Identifier: MIT
/*
 * lab_nic: a network driver that maps every packet.
 *
 * By the book of the DMA API, and yet the payload of a confidential device ends
 * in the bounce buffer: whether DMA bounces is the device's business, and
 * nobody told the device. The better repair is in the bus (lab_bus_fixed.c).
 */
#include <linux/dma-mapping.h>
#include <linux/hyperv.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/slab.h>

struct lab_nic {
	struct hv_device *hdev;
	struct net_device *net;
};

struct lab_nic_tx {
	struct sk_buff *skb;
	dma_addr_t addr;
	u32 len;
};

struct lab_nic_msg {
	u32 type;
	u32 len;
};

/* Called with the request id that the host sends back. */
static void lab_nic_tx_done(struct lab_nic *nic, struct lab_nic_tx *tx)
{
	dma_unmap_single(&nic->hdev->device, tx->addr, tx->len, DMA_TO_DEVICE);
	dev_kfree_skb_any(tx->skb);
	kfree(tx);
}

void lab_nic_completion(struct hv_device *hdev, u64 request)
{
	lab_nic_tx_done(hv_get_drvdata(hdev), (void *)(unsigned long)request);
}

static netdev_tx_t lab_nic_xmit(struct sk_buff *skb, struct net_device *net)
{
	struct lab_nic *nic = netdev_priv(net);
	struct device *dev = &nic->hdev->device;
	struct lab_nic_msg msg = { .type = 1 };
	struct hv_page_buffer pb;
	struct lab_nic_tx *tx;

	tx = kzalloc(sizeof(*tx), GFP_ATOMIC);
	if (!tx)
		goto drop;

	tx->skb = skb;
	tx->len = skb_headlen(skb);
	tx->addr = dma_map_single(dev, skb->data, tx->len, DMA_TO_DEVICE);
	if (dma_mapping_error(dev, tx->addr))
		goto free_tx;

	msg.len = tx->len;
	pb.pfn = tx->addr >> HV_HYP_PAGE_SHIFT;
	pb.offset = tx->addr & (HV_HYP_PAGE_SIZE - 1);
	pb.len = tx->len;
	if (vmbus_sendpacket_pagebuffer(nic->hdev->channel, &pb, 1, &msg,
					sizeof(msg), (unsigned long)tx))
		goto unmap;

	return NETDEV_TX_OK;

unmap:
	dma_unmap_single(dev, tx->addr, tx->len, DMA_TO_DEVICE);
free_tx:
	kfree(tx);
drop:
	net->tx_dropped++;
	dev_kfree_skb_any(skb);
	return NETDEV_TX_OK;
}

static const struct net_device_ops lab_nic_ops = {
	.ndo_start_xmit = lab_nic_xmit,
};

static int lab_nic_probe(struct hv_device *hdev,
			 const struct hv_vmbus_device_id *id)
{
	struct net_device *net;
	struct lab_nic *nic;
	int ret;

	net = alloc_etherdev(sizeof(*nic));
	if (!net)
		return -ENOMEM;

	nic = netdev_priv(net);
	nic->hdev = hdev;
	nic->net = net;
	hv_set_drvdata(hdev, nic);
	SET_NETDEV_DEV(net, &hdev->device);
	net->netdev_ops = &lab_nic_ops;

	ret = register_netdev(net);
	if (ret)
		free_netdev(net);

	return ret;
}

static void lab_nic_remove(struct hv_device *hdev)
{
	struct lab_nic *nic = hv_get_drvdata(hdev);

	unregister_netdev(nic->net);
	free_netdev(nic->net);
}

static const struct hv_vmbus_device_id lab_nic_ids[] = {
	{ HV_NIC_GUID },
	{ },
};
MODULE_DEVICE_TABLE(vmbus, lab_nic_ids);

static struct hv_driver lab_nic_driver = {
	.name = "lab_nic",
	.id_table = lab_nic_ids,
	.probe = lab_nic_probe,
	.remove = lab_nic_remove,
};

static int __init lab_nic_init(void)
{
	return vmbus_driver_register(&lab_nic_driver);
}
module_init(lab_nic_init);

MODULE_LICENSE("Dual MIT/GPL");
