// SPDX-License-Identifier: MIT
/*
 * lab_disk: a disk driver that keeps private data private by itself.
 *
 * If the channel says that its device may access private memory, the pages go
 * to the device as they are; otherwise the DMA API bounces them. Each request
 * remembers which way it went, so that unmap always mirrors map.
 */
#include <linux/dma-mapping.h>
#include <linux/hyperv.h>
#include <linux/module.h>
#include <scsi/scsi_cmnd.h>
#include <scsi/scsi_host.h>

#define LAB_DISK_MAX_SG 32

struct lab_disk {
	struct hv_device *hdev;
};

struct lab_disk_request {
	bool mapped;
	struct hv_page_buffer pb[LAB_DISK_MAX_SG];
};

struct lab_disk_msg {
	u32 type;
};

static void lab_disk_fill_dma(struct scsi_cmnd *cmd, int count)
{
	struct lab_disk_request *req = scsi_cmd_priv(cmd);
	struct scatterlist *sg;
	int i;

	scsi_for_each_sg(cmd, sg, count, i) {
		req->pb[i].pfn = sg_dma_address(sg) >> HV_HYP_PAGE_SHIFT;
		req->pb[i].offset = sg_dma_address(sg) & (HV_HYP_PAGE_SIZE - 1);
		req->pb[i].len = sg_dma_len(sg);
	}
}

static void lab_disk_fill_private(struct scsi_cmnd *cmd, int count)
{
	struct lab_disk_request *req = scsi_cmd_priv(cmd);
	struct scatterlist *sg;
	int i;

	scsi_for_each_sg(cmd, sg, count, i) {
		req->pb[i].pfn = page_to_pfn(sg_page(sg));
		req->pb[i].offset = sg->offset;
		req->pb[i].len = sg->length;
	}
}

static void lab_disk_unmap(struct scsi_cmnd *cmd)
{
	struct lab_disk_request *req = scsi_cmd_priv(cmd);

	if (!req->mapped)
		return;

	scsi_dma_unmap(cmd);
	req->mapped = false;
}

void lab_disk_completion(struct scsi_cmnd *cmd, int result)
{
	lab_disk_unmap(cmd);
	cmd->result = result;
	scsi_done(cmd);
}

static int lab_disk_queuecommand(struct Scsi_Host *host, struct scsi_cmnd *cmd)
{
	struct lab_disk *disk = shost_priv(host);
	struct vmbus_channel *channel = disk->hdev->channel;
	struct lab_disk_request *req = scsi_cmd_priv(cmd);
	struct lab_disk_msg msg = { .type = 1 };
	int count;

	req->mapped = false;
	if (channel->co_external_memory) {
		count = scsi_sg_count(cmd);
		lab_disk_fill_private(cmd, count);
	} else {
		count = scsi_dma_map(cmd);
		if (count < 0)
			return SCSI_MLQUEUE_DEVICE_BUSY;
		req->mapped = count > 0;
		lab_disk_fill_dma(cmd, count);
	}

	if (vmbus_sendpacket_pagebuffer(channel, req->pb, count, &msg,
					sizeof(msg), (unsigned long)cmd)) {
		lab_disk_unmap(cmd);
		return SCSI_MLQUEUE_DEVICE_BUSY;
	}

	return 0;
}

static const struct scsi_host_template lab_disk_template = {
	.name = "lab_disk",
	.queuecommand = lab_disk_queuecommand,
	.cmd_size = sizeof(struct lab_disk_request),
	.sg_tablesize = LAB_DISK_MAX_SG,
	.virt_boundary_mask = HV_HYP_PAGE_SIZE - 1,
	.can_queue = 64,
	.this_id = -1,
};

static int lab_disk_probe(struct hv_device *hdev,
			  const struct hv_vmbus_device_id *id)
{
	struct Scsi_Host *host;
	struct lab_disk *disk;
	int ret;

	host = scsi_host_alloc(&lab_disk_template, sizeof(*disk));
	if (!host)
		return -ENOMEM;

	disk = shost_priv(host);
	disk->hdev = hdev;
	hv_set_drvdata(hdev, host);

	ret = scsi_add_host(host, &hdev->device);
	if (ret)
		scsi_host_put(host);

	return ret;
}

static void lab_disk_remove(struct hv_device *hdev)
{
	struct Scsi_Host *host = hv_get_drvdata(hdev);

	scsi_remove_host(host);
	scsi_host_put(host);
}

static const struct hv_vmbus_device_id lab_disk_ids[] = {
	{ HV_SCSI_GUID },
	{ },
};
MODULE_DEVICE_TABLE(vmbus, lab_disk_ids);

static struct hv_driver lab_disk_driver = {
	.name = "lab_disk",
	.id_table = lab_disk_ids,
	.probe = lab_disk_probe,
	.remove = lab_disk_remove,
};

static int __init lab_disk_init(void)
{
	return vmbus_driver_register(&lab_disk_driver);
}
module_init(lab_disk_init);

MODULE_LICENSE("Dual MIT/GPL");
