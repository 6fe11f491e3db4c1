// SPDX-License-Identifier: GPL-2.0
/*
 * A restricted-dma-pool without a device tree: memory at a fixed address, given
 * to the function that the kernel calls for a device with such a region.
 */
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/of_reserved_mem.h>
#include "oracle.h"

#ifdef CONFIG_DMA_RESTRICTED_POOL

/* As large as the simulator's, and out of reach of 31 bits as that is. */
#define REGION_START	0xa0000000ULL
#define REGION_SIZE	(64ULL << 20)

static struct reserved_mem region = {
	.name = "oracle",
	.base = REGION_START,
	.size = REGION_SIZE,
};

static int (*device_init)(struct reserved_mem *rmem, struct device *dev);

/* A device of the running program was attached. */
static bool attached;

int restricted_init(void)
{
	/* Not exported: the address is where a probe of it would be. */
	struct kprobe probe = { .symbol_name = "rmem_swiotlb_device_init" };
	int ret = register_kprobe(&probe);

	if (ret)
		return ret;
	device_init = (void *)probe.addr;
	unregister_kprobe(&probe);
	return contig_take(REGION_START, REGION_SIZE);
}

void restricted_exit(void)
{
	contig_give(REGION_START, REGION_SIZE);
}

int restricted_attach(struct device *dev)
{
	attached = true;
	return device_init(&region, dev);
}

/* NULL while the program has not touched it. */
struct io_tlb_mem *restricted_mem(void)
{
	return attached ? region.priv : NULL;
}

void restricted_forget(void)
{
	attached = false;
}

#else

int restricted_init(void)
{
	return 0;
}

void restricted_exit(void)
{
}

int restricted_attach(struct device *dev)
{
	return -ENODEV;
}

struct io_tlb_mem *restricted_mem(void)
{
	return NULL;
}

void restricted_forget(void)
{
}

#endif
