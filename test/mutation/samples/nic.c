/* A network driver that maps each packet of a device that has to bounce, and unmaps what it mapped. */
#include <linux/dma-mapping.h>
#include <linux/hyperv.h>

struct lab_packet {
	dma_addr_t addr;
	u32 len;
	bool mapped;
};

int lab_map(struct hv_device *hdev, struct lab_packet *packet, void *data)
{
	packet->mapped = false;
	if (!hdev->channel->co_external_memory) {
		packet->addr = dma_map_single(&hdev->device, data, packet->len,
					      DMA_TO_DEVICE);
		if (dma_mapping_error(&hdev->device, packet->addr))
			return -ENOMEM;
		packet->mapped = true;
	}

	return 0;
}

void lab_unmap(struct hv_device *hdev, struct lab_packet *packet)
{
	if (packet->mapped)
		dma_unmap_single(&hdev->device, packet->addr, packet->len,
				 DMA_TO_DEVICE);
}
