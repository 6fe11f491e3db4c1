/* A SCSI driver: commands of a device that has to bounce are mapped, and unmapped on every way out. */
#include <linux/hyperv.h>
#include <scsi/scsi_cmnd.h>
#include <scsi/scsi_host.h>

struct lab_disk {
	struct hv_device *hdev;
};

int lab_post(struct lab_disk *disk, struct scsi_cmnd *cmd, int count);

static bool lab_bounces(const struct lab_disk *disk)
{
	return !disk->hdev->channel->co_external_memory;
}

static int lab_queuecommand(struct Scsi_Host *host, struct scsi_cmnd *cmd)
{
	struct lab_disk *disk = shost_priv(host);
	int count;

	if (lab_bounces(disk)) {
		count = scsi_dma_map(cmd);
		if (count < 0)
			return SCSI_MLQUEUE_DEVICE_BUSY;
	} else {
		count = scsi_sg_count(cmd);
	}

	if (lab_post(disk, cmd, count)) {
		if (lab_bounces(disk))
			scsi_dma_unmap(cmd);
		return SCSI_MLQUEUE_DEVICE_BUSY;
	}

	return 0;
}

static const struct scsi_host_template lab_template = {
	.name = "lab",
	.queuecommand = lab_queuecommand,
};

int lab_probe(struct hv_device *hdev, const struct hv_vmbus_device_id *id)
{
	struct Scsi_Host *host;
	struct lab_disk *disk;
	int ret;

	host = scsi_host_alloc(&lab_template, sizeof(*disk));
	if (!host)
		return -ENOMEM;

	disk = shost_priv(host);
	disk->hdev = hdev;
	ret = scsi_add_host(host, &hdev->device);
	if (ret)
		scsi_host_put(host);

	return ret;
}
