/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_SWIOTLB_H
#define _LINUX_SWIOTLB_H

#include <linux/device.h>

struct io_tlb_pool {
	unsigned long nslabs;
};

struct io_tlb_mem {
	struct io_tlb_pool defpool;
	unsigned long nslabs;
	bool force_bounce;
	bool for_alloc;
};

extern struct io_tlb_mem io_tlb_default_mem;

#endif
