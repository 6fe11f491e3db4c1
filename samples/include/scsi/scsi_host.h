/* SPDX-License-Identifier: MIT */
#ifndef _SCSI_SCSI_HOST_H
#define _SCSI_SCSI_HOST_H

#include <linux/device.h>

struct Scsi_Host;
struct scsi_cmnd;

struct scsi_host_template {
	const char *name;
	int (*queuecommand)(struct Scsi_Host *host, struct scsi_cmnd *cmd);
	int can_queue;
	unsigned int cmd_size;
	int this_id;
	unsigned short sg_tablesize;
	unsigned long virt_boundary_mask;
};

struct Scsi_Host {
	const struct scsi_host_template *hostt;
	struct device *dma_dev;
	struct device shost_gendev;
	unsigned long hostdata[];
};

struct Scsi_Host *scsi_host_alloc(const struct scsi_host_template *sht,
				  int privsize);
int scsi_add_host(struct Scsi_Host *host, struct device *dev);
int scsi_add_host_with_dma(struct Scsi_Host *host, struct device *dev,
			   struct device *dma_dev);
void scsi_remove_host(struct Scsi_Host *host);
void scsi_host_put(struct Scsi_Host *host);

static inline void *shost_priv(struct Scsi_Host *shost)
{
	return (void *)shost->hostdata;
}

#endif
