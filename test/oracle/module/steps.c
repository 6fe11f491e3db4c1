// SPDX-License-Identifier: GPL-2.0
/* The DMA calls of a program, and what each of them did. */
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include "oracle.h"

int step_mask(struct odev *od, unsigned int which, u64 mask, struct obuffer *o)
{
	int ret;

	switch (which) {
	case 0:
		ret = dma_set_mask(&od->dev, mask);
		break;
	case 1:
		ret = dma_set_coherent_mask(&od->dev, mask);
		break;
	case 2:
		ret = dma_set_mask_and_coherent(&od->dev, mask);
		break;
	default:
		return -EINVAL;
	}
	out(o, "\"ret\":%d", ret);
	return 0;
}

void step_min_align(struct odev *od, unsigned int mask)
{
	/* Returns an error up to 6.11 and nothing since. */
	dma_set_min_align_mask(&od->dev, mask);
}

void step_max_mapping(struct odev *od, struct obuffer *o)
{
	out(o, "\"bytes\":\"%zu\"", dma_max_mapping_size(&od->dev));
}

/* On this machine a bus address is a physical address. */
static void *bus_to_virt(dma_addr_t dma)
{
	return phys_to_virt((phys_addr_t)dma);
}

static int map_page(struct omap *m)
{
	struct obuf *b = &m->buf[0];

	b->dma = dma_map_page(&m->od->dev, pfn_to_page(PHYS_PFN(b->phys)),
			      offset_in_page(b->phys), b->size, m->dir);
	return dma_mapping_error(&m->od->dev, b->dma) ? -ENOMEM : 0;
}

static int map_sg(struct omap *m)
{
	struct scatterlist *sg;
	unsigned int i;

	m->sgl = kcalloc(m->nr, sizeof(*m->sgl), GFP_KERNEL);
	if (!m->sgl)
		return -ENOMEM;
	sg_init_table(m->sgl, m->nr);
	for_each_sg(m->sgl, sg, m->nr, i)
		sg_set_page(sg, pfn_to_page(PHYS_PFN(m->buf[i].phys)), m->buf[i].size,
			    offset_in_page(m->buf[i].phys));
	if (dma_map_sg(&m->od->dev, m->sgl, m->nr, m->dir) != m->nr)
		return -EIO;
	for_each_sg(m->sgl, sg, m->nr, i)
		m->buf[i].dma = sg_dma_address(sg);
	return 0;
}

void step_map(struct omap *m, struct obuffer *o)
{
	unsigned long used = pool_used();
	unsigned int i;
	int ret;

	ret = m->sg ? map_sg(m) : map_page(m);
	m->live = !ret;
	/* A failed map may still have taken and returned slots. */
	out(o, "\"used\":%ld,\"tries\":%u", (long)(pool_used() - used), observed.swiotlb_maps);
	if (ret)
		return;
	out(o, ",\"buf\":[");
	for (i = 0; i < m->nr; i++) {
		struct obuf *b = &m->buf[i];

		b->bounced = pool_contains(b->dma);
		out(o, "%s{\"dma\":%llu,\"slot\":%ld,\"data\":", i ? "," : "",
		    (unsigned long long)b->dma, b->bounced ? pool_slot(b->dma) : -1L);
		if (b->bounced)
			memory_runs(o, bus_to_virt(b->dma), b->phys, b->size);
		else
			out(o, "null");
		out(o, "}");
	}
	out(o, "]");
}

static void original(struct omap *m, struct obuffer *o)
{
	unsigned int i;

	out(o, "\"orig\":[");
	for (i = 0; i < m->nr; i++) {
		out(o, i ? "," : "");
		memory_runs(o, phys_to_virt(m->buf[i].phys), m->buf[i].phys, m->buf[i].size);
	}
	out(o, "]");
}

void step_unmap(struct omap *m, struct obuffer *o)
{
	unsigned long used = pool_used();

	if (m->sg)
		dma_unmap_sg(&m->od->dev, m->sgl, m->nr, m->dir);
	else
		dma_unmap_page(&m->od->dev, m->buf[0].dma, m->buf[0].size, m->dir);
	m->live = false;
	out(o, "\"used\":%ld,", (long)(pool_used() - used));
	original(m, o);
}

int step_sync(struct omap *m, bool for_device, size_t offset, size_t size, struct obuffer *o)
{
	struct device *dev = &m->od->dev;
	unsigned int i;

	if (!m->sg && (offset > m->buf[0].size || size > m->buf[0].size - offset))
		return -ERANGE;
	if (m->sg && for_device)
		dma_sync_sg_for_device(dev, m->sgl, m->nr, m->dir);
	else if (m->sg)
		dma_sync_sg_for_cpu(dev, m->sgl, m->nr, m->dir);
	else if (for_device)
		dma_sync_single_for_device(dev, m->buf[0].dma + offset, size, m->dir);
	else
		dma_sync_single_for_cpu(dev, m->buf[0].dma + offset, size, m->dir);
	original(m, o);
	out(o, ",\"data\":[");
	for (i = 0; i < m->nr; i++) {
		out(o, i ? "," : "");
		memory_runs(o, bus_to_virt(m->buf[i].dma), m->buf[i].phys, m->buf[i].size);
	}
	out(o, "]");
	return 0;
}

/* What a device does: writes to the bus addresses it was given. */
int step_device_write(struct omap *m, size_t offset, size_t size, unsigned int tag)
{
	unsigned int i;

	for (i = 0; i < m->nr && size; i++) {
		struct obuf *b = &m->buf[i];
		size_t n;

		if (offset >= b->size) {
			offset -= b->size;
			continue;
		}
		n = min(size, b->size - offset);
		memory_fill(bus_to_virt(b->dma) + offset, b->phys + offset, n, tag);
		size -= n;
		offset = 0;
	}
	return size ? -ERANGE : 0;
}

void step_alloc(struct oalloc *a, gfp_t gfp, struct obuffer *o)
{
	a->cpu = dma_alloc_coherent(&a->od->dev, a->size, &a->dma, gfp);
	out(o, "\"ok\":%d,\"decrypts\":%u,\"fromPool\":%u", !!a->cpu, observed.decrypts,
	    observed.from_pool);
	if (a->cpu)
		out(o, ",\"dma\":%llu", (unsigned long long)a->dma);
}

void step_free(struct oalloc *a, struct obuffer *o)
{
	dma_free_coherent(&a->od->dev, a->size, a->cpu, a->dma);
	a->cpu = NULL;
	out(o, "\"decrypts\":%u", observed.decrypts);
}
