/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_MOD_DEVICETABLE_H
#define _LINUX_MOD_DEVICETABLE_H

#include <linux/types.h>

struct hv_vmbus_device_id {
	guid_t guid;
	unsigned long driver_data;
};

struct pci_device_id {
	u32 vendor, device;
};

#endif
