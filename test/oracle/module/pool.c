// SPDX-License-Identifier: GPL-2.0
/*
 * The swiotlb pools, seen from outside: how full they are, which slot an
 * address belongs to, and back to empty between programs, so that a program's
 * result does not depend on the programs before it.
 */
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
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
typedef struct io_tlb_pool pool_t;
#define POOL(mem) (&(mem)->defpool)
#else
typedef struct io_tlb_mem pool_t;
#define POOL(mem) (mem)
#endif

#define INVALID_ORIG (~(phys_addr_t)0)

/* The pool of encrypted memory: like the default pool out of reach of 31 bits. */
#define PRIVATE_START	0x9ff00000ULL
#define PRIVATE_SLOTS	512UL
#define PRIVATE_SIZE	(PRIVATE_SLOTS << IO_TLB_SHIFT)

static struct io_tlb_mem *mem;
static struct io_tlb_mem *encrypted;

static unsigned int initial_list(const pool_t *pool, unsigned long i)
{
	unsigned int run = IO_TLB_SEGSIZE - (i & (IO_TLB_SEGSIZE - 1));

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
	return min_t(unsigned long, run, pool->nslabs - i);
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

		if (slot->list != initial_list(POOL(mem), i) || slot->orig_addr != INVALID_ORIG) {
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

static void reset(pool_t *pool);

/*
 * Kernels make shared pools alone (before 7.3: pools that are decrypted without
 * a word about it). What they would do with another is known if there is one.
 */
struct io_tlb_mem *pool_private(void)
{
	pool_t *pool;

	if (encrypted)
		return encrypted;
	encrypted = kzalloc(sizeof(*encrypted), GFP_KERNEL);
	if (!encrypted)
		return NULL;
	pool = POOL(encrypted);
	pool->slots = kcalloc(PRIVATE_SLOTS, sizeof(*pool->slots), GFP_KERNEL);
	pool->areas = kcalloc(1, sizeof(*pool->areas), GFP_KERNEL);
	if (!pool->slots || !pool->areas || contig_take(PRIVATE_START, PRIVATE_SIZE)) {
		kfree(pool->slots);
		kfree(pool->areas);
		kfree(encrypted);
		encrypted = NULL;
		return NULL;
	}
	spin_lock_init(&pool->areas[0].lock);
	pool->start = PRIVATE_START;
	pool->end = PRIVATE_START + PRIVATE_SIZE;
	pool->vaddr = phys_to_virt(PRIVATE_START);
	pool->nareas = 1;
	pool->nslabs = PRIVATE_SLOTS;
	pool->area_nslabs = PRIVATE_SLOTS;
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
	encrypted->nslabs = PRIVATE_SLOTS;
#endif
#ifdef CONFIG_SWIOTLB_DYNAMIC
	spin_lock_init(&encrypted->lock);
	INIT_LIST_HEAD(&encrypted->pools);
	list_add(&pool->node, &encrypted->pools);
#endif
	reset(pool);
	return encrypted;
}

void pool_exit(void)
{
	if (!encrypted)
		return;
	contig_give(PRIVATE_START, PRIVATE_SIZE);
	kfree(POOL(encrypted)->slots);
	kfree(POOL(encrypted)->areas);
	kfree(encrypted);
}

static bool within(const pool_t *pool, phys_addr_t phys)
{
	return pool->nslabs && phys >= pool->start && phys < pool->end;
}

/* The pool that @phys lies in, and what to call it; the default pool has no name. */
static const pool_t *find_pool(const struct device *dev, phys_addr_t phys, char *name, size_t size)
{
	struct io_tlb_mem *restricted = restricted_mem();

	*name = '\0';
	if (within(POOL(mem), phys))
		return POOL(mem);
	if (restricted && within(POOL(restricted), phys)) {
		strscpy(name, "restricted", size);
		return POOL(restricted);
	}
	if (encrypted && within(POOL(encrypted), phys)) {
		strscpy(name, "private", size);
		return POOL(encrypted);
	}
#ifdef CONFIG_SWIOTLB_DYNAMIC
	{
		const struct io_tlb_pool *pool;
		unsigned int age = 0;

		/* The list begins with the newest. */
		list_for_each_entry_reverse(pool, &mem->pools, node) {
			if (within(pool, phys)) {
				snprintf(name, size, "grown%u", age);
				return pool;
			}
			age++;
		}
		if (!dev->dma_io_tlb_pools.next)
			return NULL;
		list_for_each_entry(pool, &dev->dma_io_tlb_pools, node) {
			if (within(pool, phys)) {
				strscpy(name, "transient", size);
				return pool;
			}
		}
	}
#endif
	return NULL;
}

bool pool_contains(const struct device *dev, phys_addr_t phys)
{
	char name[16];

	return find_pool(dev, phys, name, sizeof(name));
}

/* Prints the slot that @phys lies in, -1 if in none, and the name of its pool. */
void pool_place(struct obuffer *o, const struct device *dev, phys_addr_t phys)
{
	char name[16];
	const pool_t *pool = find_pool(dev, phys, name, sizeof(name));

	out(o, "\"slot\":%ld", pool ? (long)((phys - pool->start) >> IO_TLB_SHIFT) : -1L);
	if (*name)
		out(o, ",\"pool\":\"%s\"", name);
}

/* There in every version, unlike mem->total_used. */
static unsigned long sum_of_areas(const pool_t *pool)
{
	unsigned long used = 0;
	unsigned int i;

	for (i = 0; pool->nslabs && i < pool->nareas; i++)
		used += pool->areas[i].used;
	return used;
}

unsigned long pool_used(void)
{
	struct io_tlb_mem *restricted = restricted_mem();
	unsigned long used = restricted ? sum_of_areas(POOL(restricted)) : 0;

	if (encrypted)
		used += sum_of_areas(POOL(encrypted));

#if defined(CONFIG_SWIOTLB_DYNAMIC) && LINUX_VERSION_CODE >= KERNEL_VERSION(7, 3, 0)
	{
		struct io_tlb_pool *pool;

		/* total_used is for track_hiwater. */
		list_for_each_entry(pool, &mem->pools, node)
			used += sum_of_areas(pool);
		return used + atomic_long_read(&mem->transient_nslabs);
	}
#elif defined(CONFIG_SWIOTLB_DYNAMIC)
	/* Of all pools, those of single mappings included. */
	return used + atomic_long_read(&mem->total_used);
#else
	return used + sum_of_areas(POOL(mem));
#endif
}

#ifdef CONFIG_SWIOTLB_DYNAMIC
static void nothing(struct work_struct *work)
{
}

static DECLARE_WORK(last_work, nothing);
#endif

/* Waits for what a step left to others: more pools, fuller atomic pools, freed transient pools. */
void pool_settle(void)
{
#ifdef CONFIG_SWIOTLB_DYNAMIC
	flush_work(&mem->dyn_alloc);
	/* Whatever was queued before it has run. */
	schedule_work(&last_work);
	flush_work(&last_work);
	rcu_barrier();
#endif
}

/* Takes from a device that is about to go the transient pools that its live mappings keep. */
void pool_leave(struct device *dev)
{
#ifdef CONFIG_SWIOTLB_DYNAMIC
	struct io_tlb_pool *pool, *next;

	if (!dev->dma_io_tlb_pools.next)
		return;
	dev->dma_io_tlb_mem = mem;
	list_for_each_entry_safe(pool, next, &dev->dma_io_tlb_pools, node)
		dma_unmap_page_attrs(dev, pool->start, 1, DMA_TO_DEVICE, DMA_ATTR_SKIP_CPU_SYNC);
#endif
}

static void reset(pool_t *pool)
{
	unsigned long i;

	if (!pool->nslabs)
		return;
	for (i = 0; i < pool->nareas; i++) {
		pool->areas[i].used = 0;
		pool->areas[i].index = 0;
	}
	for (i = 0; i < pool->nslabs; i++) {
		struct io_tlb_slot *slot = &pool->slots[i];

		slot->list = initial_list(pool, i);
		slot->orig_addr = INVALID_ORIG;
		slot->alloc_size = 0;
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
		slot->pad_slots = 0;
#endif
	}
	memset(pool->vaddr, 0, pool->nslabs << IO_TLB_SHIFT);
}

static void reset_counters(struct io_tlb_mem *m)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0) && defined(CONFIG_DEBUG_FS)
	atomic_long_set(&m->total_used, 0);
#ifdef CONFIG_SWIOTLB_DYNAMIC
	atomic_long_set(&m->transient_nslabs, 0);
#endif
#endif
}

/* The kernel keeps the pools that it added for ever. */
static void drop_grown(void)
{
#ifdef CONFIG_SWIOTLB_DYNAMIC
	struct io_tlb_pool *pool, *next;

	list_for_each_entry_safe(pool, next, &mem->pools, node) {
		if (pool == POOL(mem))
			continue;
		list_del(&pool->node);
		mem->nslabs -= pool->nslabs;
		free_pages((unsigned long)pool->slots,
			   get_order(array_size(sizeof(*pool->slots), pool->nslabs)));
		free_pages((unsigned long)pool->vaddr, get_order(pool->end - pool->start));
		kfree(pool);
	}
#endif
}

/*
 * A program may leak slots on purpose (the pool pointer was changed under a live
 * mapping), and the search start of an area survives everything, as does what
 * lies in the slots. Nothing else uses the pools in the guest, so all of it is
 * written back to the boot-time state.
 */
void pool_reset(void)
{
	struct io_tlb_mem *restricted = restricted_mem();

	pool_settle();
	drop_grown();
	reset(POOL(mem));
	reset_counters(mem);
	if (restricted) {
		reset(POOL(restricted));
		reset_counters(restricted);
		restricted_forget();
	}
	if (encrypted) {
		reset(POOL(encrypted));
		reset_counters(encrypted);
	}
}

void pool_describe(struct obuffer *o)
{
	out(o, "\"start\":%llu,\"slots\":%lu,\"areas\":%u,\"force\":%d",
	    (unsigned long long)POOL(mem)->start, POOL(mem)->nslabs,
	    POOL(mem)->nslabs ? POOL(mem)->nareas : 0, mem->force_bounce);
}
