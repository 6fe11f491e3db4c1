// SPDX-License-Identifier: GPL-2.0
/* The allocations of a program. */
#include <linux/completion.h>
#include <linux/kthread.h>
#include "oracle.h"

struct call {
	struct oalloc *a;
	gfp_t gfp;
	struct completion started;
	/* The kernel came back from the call. */
	bool returned;
};

static void allocate(struct call *c)
{
	struct oalloc *a = c->a;
	struct device *dev = &a->od->dev;
	struct page *page;

	switch (a->kind) {
	case ALLOC_COHERENT:
		a->cpu = dma_alloc_attrs(dev, a->size, &a->dma, c->gfp, a->attrs);
		break;
	case ALLOC_PAGES:
		page = dma_alloc_pages(dev, a->size, &a->dma, DMA_BIDIRECTIONAL, c->gfp);
		a->cpu = page ? page_address(page) : NULL;
		break;
	case ALLOC_NONCONTIGUOUS:
		a->sgt = dma_alloc_noncontiguous(dev, a->size, DMA_BIDIRECTIONAL, c->gfp, 0);
		a->cpu = a->sgt ? sg_virt(a->sgt->sgl) : NULL;
		a->dma = a->sgt ? sg_dma_address(a->sgt->sgl) : 0;
		break;
	}
	c->returned = true;
}

static int allocate_apart(void *data)
{
	struct call *c = data;

	complete(&c->started);
	allocate(c);
	return 0;
}

/* In a task of its own, which an oops may end. */
static int run_apart(struct call *c)
{
	struct task_struct *task = kthread_create(allocate_apart, c, "oracle-alloc");

	if (IS_ERR(task))
		return PTR_ERR(task);
	get_task_struct(task);
	observe_task(task);
	wake_up_process(task);
	wait_for_completion(&c->started);
	kthread_stop(task);
	observe_task(current);
	put_task_struct(task);
	return 0;
}

int step_alloc(struct oalloc *a, gfp_t gfp, struct obuffer *o)
{
	struct call c = { .a = a, .gfp = gfp };
	int ret = 0;

	init_completion(&c.started);
	/* is_swiotlb_for_alloc() reads the pool without asking whether there is one. */
	if (IS_ENABLED(CONFIG_DMA_RESTRICTED_POOL) && !a->od->dev.dma_io_tlb_mem)
		ret = run_apart(&c);
	else
		allocate(&c);
	out(o, "\"ok\":%d,\"decrypts\":%u,\"fromPool\":%u", !!a->cpu, observed.decrypts,
	    observed.from_pool);
	if (!c.returned)
		out(o, ",\"oops\":1");
	return ret;
}

void step_free(struct oalloc *a, struct obuffer *o)
{
	struct device *dev = &a->od->dev;

	switch (a->kind) {
	case ALLOC_COHERENT:
		dma_free_attrs(dev, a->size, a->cpu, a->dma, a->attrs);
		break;
	case ALLOC_PAGES:
		dma_free_pages(dev, a->size, virt_to_page(a->cpu), a->dma, DMA_BIDIRECTIONAL);
		break;
	case ALLOC_NONCONTIGUOUS:
		dma_free_noncontiguous(dev, a->size, a->sgt, DMA_BIDIRECTIONAL);
		break;
	}
	a->cpu = NULL;
	if (o)
		out(o, "\"decrypts\":%u", observed.decrypts);
}
