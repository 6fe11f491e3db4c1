/* A packet's page is mapped, sent and unmapped in one go, and unmapped where it cannot be sent. */
#include <linux/dma-mapping.h>
#include <linux/hyperv.h>

int lab_prepare(struct hv_device *hdev);
int lab_post(struct hv_device *hdev, dma_addr_t addr, void *data);

int lab_send(struct hv_device *hdev, void *data)
{
	struct device *dev = &hdev->device;
	dma_addr_t addr;
	int ret;

	if (hdev->channel->co_external_memory)
		return lab_post(hdev, 0, data);

	addr = dma_map_single(dev, data, PAGE_SIZE, DMA_TO_DEVICE);
	if (dma_mapping_error(dev, addr))
		return -ENOMEM;

	ret = lab_prepare(hdev);
	if (ret)
		goto unmap;

	ret = lab_post(hdev, addr, data);
unmap:
	dma_unmap_single(dev, addr, PAGE_SIZE, DMA_TO_DEVICE);

	return ret;
}
