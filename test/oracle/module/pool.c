// SPDX-License-Identifier: GPL-2.0
/*
 * The default swiotlb pool, seen from outside: how full it is, which slot an
 * address belongs to, and back to empty between programs, so that a program's
 * result does not depend on the programs before it.
 */
#include <linux/slab.h>
#include "oracle.h"

/*
 * The kernel declares these two in kernel/dma/swiotlb.c. pool_init() checks the
 * copies against the memory of an untouched pool and refuses to go on when they
 * do not fit.
 */
struct io_tlb_area {
	unsigned long used;
	unsigned int index;
	spinlock_t lock;
};

struct io_tlb_slot {
	phys_addr_t orig_addr;
	size_t alloc_size;
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
	unsigned short list;
	unsigned short pad_slots;
#else
	unsigned int list;
#endif
};

/* The members of the pool are in a struct of their own since 6.6. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
#define POOL(mem) (&(mem)->defpool)
#else
#define POOL(mem) (mem)
#endif

#define INVALID_ORIG (~(phys_addr_t)0)

static struct io_tlb_mem *mem;

static unsigned int initial_list(unsigned long i)
{
	unsigned int run = IO_TLB_SEGSIZE - (i & (IO_TLB_SEGSIZE - 1));

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
	return min_t(unsigned long, run, POOL(mem)->nslabs - i);
#else
	return run;
#endif
}

int pool_init(struct io_tlb_mem *m)
{
	unsigned long i;

	mem = m;
	if (!mem)
		return -ENODEV;
	for (i = 0; i < POOL(mem)->nslabs; i++) {
		struct io_tlb_slot *slot = &POOL(mem)->slots[i];

		if (slot->list != initial_list(i) || slot->orig_addr != INVALID_ORIG) {
			pr_err("coco_dma_oracle: slot %lu: list %u orig %pa: pool in use or layout unknown\n",
			       i, slot->list, &slot->orig_addr);
			return -EBUSY;
		}
	}
	return 0;
}

struct io_tlb_mem *pool_default(void)
{
	return mem;
}

bool pool_contains(phys_addr_t phys)
{
	return POOL(mem)->nslabs && phys >= POOL(mem)->start && phys < POOL(mem)->end;
}

long pool_slot(phys_addr_t phys)
{
	return (phys - POOL(mem)->start) >> IO_TLB_SHIFT;
}

/* The sum over the areas: there in every version, unlike mem->total_used. */
unsigned long pool_used(void)
{
	unsigned long used = 0;
	unsigned int i;

	if (!POOL(mem)->nslabs)
		return 0;
	for (i = 0; i < POOL(mem)->nareas; i++)
		used += POOL(mem)->areas[i].used;
	return used;
}

/*
 * A program may leak slots on purpose (the pool pointer was changed under a live
 * mapping), and the search start of an area survives everything, as does what
 * lies in the slots. Nothing else uses the pool in the guest, so all of it is
 * written back to the boot-time state.
 */
void pool_reset(void)
{
	unsigned long i;

	if (!POOL(mem)->nslabs)
		return;
	for (i = 0; i < POOL(mem)->nareas; i++) {
		POOL(mem)->areas[i].used = 0;
		POOL(mem)->areas[i].index = 0;
	}
	for (i = 0; i < POOL(mem)->nslabs; i++) {
		struct io_tlb_slot *slot = &POOL(mem)->slots[i];

		slot->list = initial_list(i);
		slot->orig_addr = INVALID_ORIG;
		slot->alloc_size = 0;
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
		slot->pad_slots = 0;
#endif
	}
	memset(POOL(mem)->vaddr, 0, POOL(mem)->nslabs << IO_TLB_SHIFT);
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0) && defined(CONFIG_DEBUG_FS)
	atomic_long_set(&mem->total_used, 0);
#endif
}

void pool_describe(struct obuffer *o)
{
	out(o, "\"start\":%llu,\"slots\":%lu,\"areas\":%u,\"force\":%d",
	    (unsigned long long)POOL(mem)->start, POOL(mem)->nslabs,
	    POOL(mem)->nslabs ? POOL(mem)->nareas : 0, mem->force_bounce);
}
