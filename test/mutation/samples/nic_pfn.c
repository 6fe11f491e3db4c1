/* The host gets page numbers and offsets; the bounce buffer keeps the offset that the data has in its page. */
#include <linux/dma-mapping.h>
#include <linux/hyperv.h>
#include <linux/mm.h>

struct lab_request {
	dma_addr_t addr;
	struct hv_page_buffer pb;
};

int lab_probe(struct hv_device *hdev, const struct hv_vmbus_device_id *id)
{
	dma_set_min_align_mask(&hdev->device, HV_HYP_PAGE_SIZE - 1);
	return 0;
}

int lab_send(struct hv_device *hdev, struct lab_request *req, void *data, u32 len)
{
	struct device *dev = &hdev->device;
	int ret;

	if (hdev->channel->co_external_memory)
		return -EOPNOTSUPP;

	req->addr = dma_map_single(dev, data, len, DMA_TO_DEVICE);
	if (dma_mapping_error(dev, req->addr))
		return -ENOMEM;

	req->pb.pfn = req->addr >> HV_HYP_PAGE_SHIFT;
	req->pb.offset = offset_in_page(data);
	req->pb.len = len;

	ret = vmbus_sendpacket_pagebuffer(hdev->channel, &req->pb, 1, NULL, 0,
					  (unsigned long)req);
	if (ret)
		dma_unmap_single(dev, req->addr, len, DMA_TO_DEVICE);

	return ret;
}
