// SPDX-License-Identifier: GPL-2.0
/* The masks and mappings of a program, and what each call did. */
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
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

void step_min_align(struct odev *od, unsigned int mask, struct obuffer *o)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
	dma_set_min_align_mask(&od->dev, mask);
#else
	out(o, "\"ret\":%d", dma_set_min_align_mask(&od->dev, mask));
#endif
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

static int map_one(struct omap *m)
{
	struct device *dev = &m->od->dev;
	struct obuf *b = &m->buf[0];
	void *vm;

	switch (m->kind) {
	case MAP_SINGLE:
		b->dma = dma_map_single_attrs(dev, phys_to_virt(b->phys), b->size, m->dir, m->attrs);
		break;
	case MAP_SINGLE_VMALLOC:
		vm = vmalloc(b->size);
		if (!vm)
			return -ENOMEM;
		b->dma = dma_map_single_attrs(dev, vm, b->size, m->dir, m->attrs);
		vfree(vm);
		break;
	case MAP_PHYS:
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0)
		b->dma = dma_map_phys(dev, b->phys, b->size, m->dir, m->attrs);
#else
		b->dma = DMA_MAPPING_ERROR;
#endif
		break;
	case MAP_RESOURCE:
		b->dma = dma_map_resource(dev, b->phys, b->size, m->dir, m->attrs);
		break;
	default:
		b->dma = dma_map_page_attrs(dev, pfn_to_page(PHYS_PFN(b->phys)),
					    offset_in_page(b->phys), b->size, m->dir, m->attrs);
	}
	return dma_mapping_error(dev, b->dma) ? -ENOMEM : 0;
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
	if (dma_map_sg_attrs(&m->od->dev, m->sgl, m->nr, m->dir, m->attrs) != m->nr)
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

	ret = m->kind == MAP_SG ? map_sg(m) : map_one(m);
	m->mapped = !ret;
	out(o, "\"used\":%ld,\"tries\":%u", (long)(pool_used() - used), observed.swiotlb_maps);
	if (observed.from_pool)
		out(o, ",\"fromPool\":%u", observed.from_pool);
	if (ret)
		return;
	out(o, ",\"buf\":[");
	for (i = 0; i < m->nr; i++) {
		struct obuf *b = &m->buf[i];

		b->bounced = pool_contains(&m->od->dev, b->dma);
		out(o, "%s{\"dma\":%llu,", i ? "," : "", (unsigned long long)b->dma);
		pool_place(o, &m->od->dev, b->dma);
		out(o, ",\"data\":");
		if (b->bounced)
			memory_runs(o, bus_to_virt(b->dma), b->phys, b->size);
		else
			out(o, "null");
		out(o, "}");
	}
	out(o, "]");
}

void step_mapping_error(struct omap *m, struct obuffer *o)
{
	out(o, "\"ret\":%d", dma_mapping_error(&m->od->dev, m->buf[0].dma));
}

static void original(struct omap *m, struct obuffer *o)
{
	unsigned int i;

	out(o, "\"orig\":[");
	for (i = 0; m->kind != MAP_RESOURCE && i < m->nr; i++) {
		out(o, i ? "," : "");
		memory_runs(o, phys_to_virt(m->buf[i].phys), m->buf[i].phys, m->buf[i].size);
	}
	out(o, "]");
}

/* @size is the number of entries for a scatterlist. */
int step_unmap(struct omap *m, unsigned long attrs, unsigned int dir, size_t size,
	       struct obuffer *o)
{
	unsigned long used = pool_used();
	struct device *dev = &m->od->dev;

	switch (m->kind) {
	case MAP_SG:
		if (size > m->nr)
			return -ERANGE;
		dma_unmap_sg_attrs(dev, m->sgl, size, dir, attrs);
		break;
	case MAP_PHYS:
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0)
		dma_unmap_phys(dev, m->buf[0].dma, size, dir, attrs);
#endif
		break;
	case MAP_RESOURCE:
		dma_unmap_resource(dev, m->buf[0].dma, size, dir, attrs);
		break;
	case MAP_SINGLE:
		dma_unmap_single_attrs(dev, m->buf[0].dma, size, dir, attrs);
		break;
	default:
		dma_unmap_page_attrs(dev, m->buf[0].dma, size, dir, attrs);
	}
	out(o, "\"used\":%ld,\"copied\":%lu,", (long)(pool_used() - used), observed.copied);
	original(m, o);
	return 0;
}

/* The bounce buffer was in a transient pool, which is no longer there: its memory may be anybody's. */
static bool is_gone(const struct omap *m, unsigned int i)
{
	return m->buf[i].bounced && !pool_contains(&m->od->dev, m->buf[i].dma);
}

int step_sync(struct omap *m, bool for_device, unsigned int dir, size_t offset, size_t size,
	      struct obuffer *o)
{
	struct device *dev = &m->od->dev;
	unsigned int i;

	if (m->kind == MAP_RESOURCE)
		return -EINVAL;
	if (m->kind != MAP_SG && (offset > m->buf[0].size || size > m->buf[0].size - offset))
		return -ERANGE;
	if (m->kind == MAP_SG && for_device)
		dma_sync_sg_for_device(dev, m->sgl, m->nr, dir);
	else if (m->kind == MAP_SG)
		dma_sync_sg_for_cpu(dev, m->sgl, m->nr, dir);
	else if (for_device)
		dma_sync_single_for_device(dev, m->buf[0].dma + offset, size, dir);
	else
		dma_sync_single_for_cpu(dev, m->buf[0].dma + offset, size, dir);
	out(o, "\"copied\":%lu,", observed.copied);
	original(m, o);
	out(o, ",\"data\":[");
	for (i = 0; i < m->nr; i++) {
		out(o, i ? "," : "");
		if (is_gone(m, i))
			out(o, "null");
		else
			memory_runs(o, bus_to_virt(m->buf[i].dma), m->buf[i].phys, m->buf[i].size);
	}
	out(o, "]");
	return 0;
}

/* What a device does: writes to the bus addresses it was given. */
int step_device_write(struct omap *m, size_t offset, size_t size, unsigned int tag)
{
	unsigned int i;

	for (i = 0; m->kind != MAP_RESOURCE && i < m->nr && size; i++) {
		struct obuf *b = &m->buf[i];
		size_t n;

		if (offset >= b->size) {
			offset -= b->size;
			continue;
		}
		n = min(size, b->size - offset);
		if (!is_gone(m, i))
			memory_fill(bus_to_virt(b->dma) + offset, b->phys + offset, n, tag);
		size -= n;
		offset = 0;
	}
	return size ? -ERANGE : 0;
}
