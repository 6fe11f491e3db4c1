// SPDX-License-Identifier: GPL-2.0
/* Physical memory at addresses that are known beforehand, out of the page allocator. */
#include <linux/gfp.h>
#include <linux/mm.h>
#include "oracle.h"

/* What the third argument means differs: a migrate type, or flags of the call. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 16, 0)
#define CONTIG_HOW	ACR_FLAGS_NONE
#else
#define CONTIG_HOW	MIGRATE_MOVABLE
#endif

int contig_take(phys_addr_t start, size_t size)
{
	return alloc_contig_range(PHYS_PFN(start), PHYS_PFN(start + size), CONTIG_HOW, GFP_KERNEL);
}

void contig_give(phys_addr_t start, size_t size)
{
	free_contig_range(PHYS_PFN(start), PHYS_PFN(size));
}
