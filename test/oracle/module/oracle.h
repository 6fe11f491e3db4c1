/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Runs small DMA programs on the running kernel and reports, step by step, what
 * the DMA layer really did. One program is one line of text; see program.c for
 * its grammar and ../wire.ts for the compiler that writes it.
 */
#ifndef COCO_DMA_ORACLE_H
#define COCO_DMA_ORACLE_H

#include <linux/device.h>
#include <linux/dma-mapping.h>
#include <linux/scatterlist.h>
#include <linux/swiotlb.h>
#include <linux/types.h>
#include <linux/version.h>

#define MAX_DEVICES	16
#define MAX_MAPPINGS	512
#define MAX_ALLOCS	64
#define MAX_SAVED	16
#define MAX_SG		16
#define MAX_WRITES	64

/* One device of a program. The DMA layer sees only @dev. */
struct odev {
	struct device dev;
	u64 mask;
	struct device_dma_parameters parms;
	/* force_dma_unencrypted() is to be false for it. */
	bool private_dma;
	bool initialized;
	bool added;
	bool released;
};

/* One buffer of a mapping: what was asked for and what came back. */
struct obuf {
	phys_addr_t phys;
	size_t size;
	dma_addr_t dma;
	bool bounced;
};

/* How a mapping is made; the numbers are those of the text. */
enum map_kind {
	MAP_PAGE,
	MAP_SINGLE,
	MAP_SINGLE_VMALLOC,
	MAP_SG,
	MAP_RESOURCE,
	MAP_PHYS,
};

struct omap {
	/* The map call succeeded; a program may unmap more than once. */
	bool mapped;
	enum map_kind kind;
	unsigned long attrs;
	struct odev *od;
	enum dma_data_direction dir;
	unsigned int nr;
	struct obuf buf[MAX_SG];
	struct scatterlist *sgl;
};

/* The three ways to get memory for a device. */
enum alloc_kind {
	ALLOC_COHERENT,
	ALLOC_PAGES,
	ALLOC_NONCONTIGUOUS,
};

struct oalloc {
	struct odev *od;
	enum alloc_kind kind;
	unsigned long attrs;
	void *cpu;
	struct sg_table *sgt;
	dma_addr_t dma;
	size_t size;
};

/* Everything that one program owns; emptied between programs. */
struct oprog {
	struct odev *devices[MAX_DEVICES];
	struct omap *maps[MAX_MAPPINGS];
	struct oalloc allocs[MAX_ALLOCS];
	struct io_tlb_mem *saved[MAX_SAVED];
	bool saved_set[MAX_SAVED];
	struct {
		phys_addr_t phys;
		size_t size;
	} writes[MAX_WRITES];
	unsigned int nr_writes;
};

/* The text that goes back to user space. */
struct obuffer {
	char *text;
	size_t len;
	size_t size;
};

__printf(2, 3) void out(struct obuffer *o, const char *fmt, ...);

/* memory.c: physical memory that belongs to the programs */
int memory_init(void);
void memory_exit(void);
bool memory_owns(phys_addr_t phys, size_t size);
void memory_restore(phys_addr_t phys, size_t size);
void memory_fill(void *at, phys_addr_t as, size_t size, unsigned int tag);
void memory_runs(struct obuffer *o, const void *at, phys_addr_t as, size_t size);
void memory_windows(struct obuffer *o);

/* observe.c: calls counted, messages caught */
struct observed {
	unsigned int swiotlb_maps;
	unsigned int decrypts;
	unsigned int from_pool;
	/* Bytes that swiotlb_bounce() was asked to copy. */
	unsigned long copied;
};

extern struct observed observed;
int observe_init(void);
void observe_exit(void);
void observe_start(void);
void observe_task(struct task_struct *task);
void observe_step(void);
bool observe_stop(void);
void observe_messages(struct obuffer *o);

/* contig.c: memory at addresses known beforehand */
int contig_take(phys_addr_t start, size_t size);
void contig_give(phys_addr_t start, size_t size);

/* pool.c: the swiotlb pools, seen from outside */
int pool_init(struct io_tlb_mem *mem);
struct io_tlb_mem *pool_default(void);
bool pool_contains(const struct device *dev, phys_addr_t phys);
void pool_place(struct obuffer *o, const struct device *dev, phys_addr_t phys);
unsigned long pool_used(void);
void pool_settle(void);
void pool_leave(struct device *dev);
void pool_reset(void);
void pool_describe(struct obuffer *o);
/* The pool of encrypted memory that a program may point a device at; made at the first call. */
struct io_tlb_mem *pool_private(void);
void pool_exit(void);

/* restricted.c: a restricted-dma-pool, where the kernel has them */
int restricted_init(void);
void restricted_exit(void);
int restricted_attach(struct device *dev);
struct io_tlb_mem *restricted_mem(void);
void restricted_forget(void);

/* The flags of a device in the text. */
enum device_flags {
	DEVICE_MASK_POINTER = 1,
	DEVICE_PARMS = 2,
	DEVICE_PRIVATE_DMA = 4,
};

/* device.c: devices and what happens to them before they are used */
struct odev *device_new(unsigned int flags, u64 mask, u64 coherent);
int device_word(struct oprog *p, struct odev *od, unsigned int word, unsigned int arg);
void device_free(struct odev *od);
bool device_is_ours(const struct device *dev);

/* steps.c: masks and mappings */
int step_mask(struct odev *od, unsigned int which, u64 mask, struct obuffer *o);
void step_min_align(struct odev *od, unsigned int mask, struct obuffer *o);
void step_max_mapping(struct odev *od, struct obuffer *o);
void step_map(struct omap *m, struct obuffer *o);
void step_mapping_error(struct omap *m, struct obuffer *o);
int step_unmap(struct omap *m, unsigned long attrs, unsigned int dir, size_t size,
	       struct obuffer *o);
int step_sync(struct omap *m, bool for_device, unsigned int dir, size_t offset, size_t size,
	      struct obuffer *o);
int step_device_write(struct omap *m, size_t offset, size_t size, unsigned int tag);

/* allocate.c */
int step_alloc(struct oalloc *a, gfp_t gfp, struct obuffer *o);
void step_free(struct oalloc *a, struct obuffer *o);

/* program.c */
void program_run(char *line, struct obuffer *o);

#endif
