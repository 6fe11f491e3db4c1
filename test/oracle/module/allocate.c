// SPDX-License-Identifier: GPL-2.0
/* The allocations of a program. */
#include "oracle.h"

int step_alloc(struct oalloc *a, gfp_t gfp, struct obuffer *o)
{
	struct device *dev = &a->od->dev;
	struct page *page;

	switch (a->kind) {
	case ALLOC_COHERENT:
		a->cpu = dma_alloc_coherent(dev, a->size, &a->dma, gfp);
		break;
	case ALLOC_PAGES:
		page = dma_alloc_pages(dev, a->size, &a->dma, DMA_BIDIRECTIONAL, gfp);
		a->cpu = page ? page_address(page) : NULL;
		break;
	case ALLOC_NONCONTIGUOUS:
		a->sgt = dma_alloc_noncontiguous(dev, a->size, DMA_BIDIRECTIONAL, gfp, 0);
		a->cpu = a->sgt ? sg_virt(a->sgt->sgl) : NULL;
		a->dma = a->sgt ? sg_dma_address(a->sgt->sgl) : 0;
		break;
	default:
		return -EINVAL;
	}
	out(o, "\"ok\":%d,\"decrypts\":%u,\"fromPool\":%u", !!a->cpu, observed.decrypts,
	    observed.from_pool);
	return 0;
}

void step_free(struct oalloc *a, struct obuffer *o)
{
	struct device *dev = &a->od->dev;

	switch (a->kind) {
	case ALLOC_COHERENT:
		dma_free_coherent(dev, a->size, a->cpu, a->dma);
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
