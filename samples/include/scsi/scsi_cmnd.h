/* SPDX-License-Identifier: MIT */
#ifndef _SCSI_SCSI_CMND_H
#define _SCSI_SCSI_CMND_H

#include <linux/scatterlist.h>
#include <scsi/scsi_host.h>

#define SCSI_MLQUEUE_HOST_BUSY 0x1055
#define SCSI_MLQUEUE_DEVICE_BUSY 0x1056

struct scsi_device {
	struct Scsi_Host *host;
};

struct scsi_cmnd {
	struct scsi_device *device;
	int result;
};

unsigned int scsi_sg_count(const struct scsi_cmnd *cmd);
struct scatterlist *scsi_sglist(const struct scsi_cmnd *cmd);
unsigned int scsi_bufflen(const struct scsi_cmnd *cmd);
int scsi_dma_map(struct scsi_cmnd *cmd);
void scsi_dma_unmap(struct scsi_cmnd *cmd);
void scsi_done(struct scsi_cmnd *cmd);
void *scsi_cmd_priv(struct scsi_cmnd *cmd);

#define scsi_for_each_sg(cmd, sg, nseg, i) \
	for_each_sg(scsi_sglist(cmd), sg, nseg, i)

#endif
