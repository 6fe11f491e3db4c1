// SPDX-License-Identifier: GPL-2.0
/*
 * Physical memory that belongs to the programs, at addresses known beforehand:
 * windows that straddle the limits of 30 and 31 bit masks, and two above 4 GiB.
 *
 * Every byte says where it came from: the low nibble is the number of the write
 * that put it there (0: nobody), the high nibble a checksum of the address it
 * was written for. So a copy to the wrong place shows, and contents can be
 * reported as runs of write numbers.
 */
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/vmalloc.h>
#include "oracle.h"

#define WINDOW_SIZE	(4UL << 20)
#define PERIOD		(64UL << 10)
#define MARGIN		PAGE_SIZE

static const phys_addr_t windows[] = {
	0x3fe00000,
	0x7fe00000,
	0x104000000,
	0x140000000,
};

static unsigned int owned;

/* Two periods of memory that nobody wrote to: any period of it is in there. */
static u8 *pristine;


static u8 checksum(phys_addr_t p)
{
	return (p ^ (p >> 4) ^ (p >> 8) ^ (p >> 12)) & 0xf;
}

void memory_fill(void *at, phys_addr_t as, size_t size, unsigned int tag)
{
	u8 *b = at;
	size_t i;

	for (i = 0; i < size; i++)
		b[i] = checksum(as + i) << 4 | (tag & 0xf);
}

int memory_init(void)
{
	unsigned int i;
	size_t at;
	int ret;

	pristine = vmalloc(2 * PERIOD);
	if (!pristine)
		return -ENOMEM;
	/* The checksum looks at 16 bits, so the pattern repeats. */
	memory_fill(pristine, 0, 2 * PERIOD, 0);
	for (i = 0; i < ARRAY_SIZE(windows); i++) {
		void *va;

		ret = contig_take(windows[i], WINDOW_SIZE);
		if (ret) {
			pr_err("coco_dma_oracle: memory at %pa: %d\n", &windows[i], ret);
			memory_exit();
			return ret;
		}
		owned = i + 1;
		va = phys_to_virt(windows[i]);
		for (at = 0; at < WINDOW_SIZE; at += PERIOD)
			memcpy(va + at, pristine, PERIOD);
	}
	return 0;
}

void memory_exit(void)
{
	while (owned)
		contig_give(windows[--owned], WINDOW_SIZE);
	vfree(pristine);
	pristine = NULL;
}

bool memory_owns(phys_addr_t phys, size_t size)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(windows); i++)
		if (phys >= windows[i] && size <= WINDOW_SIZE &&
		    phys - windows[i] <= WINDOW_SIZE - size)
			return true;
	return false;
}

/*
 * Back to what nobody wrote to. A copy that went wrong (the alignment of the
 * device changed under a mapping) may have hit the neighbours as well.
 */
void memory_restore(phys_addr_t phys, size_t size)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(windows); i++) {
		phys_addr_t from = max(windows[i], phys - MARGIN);
		phys_addr_t to = min(windows[i] + WINDOW_SIZE, phys + size + MARGIN);

		while (from < to) {
			size_t n = min_t(size_t, to - from, PERIOD);

			memcpy(phys_to_virt(from), pristine + from % PERIOD, n);
			from += n;
		}
	}
}

static bool is_pristine(const u8 *at, phys_addr_t as, size_t size)
{
	while (size) {
		size_t n = min_t(size_t, size, PERIOD);

		if (memcmp(at, pristine + as % PERIOD, n))
			return false;
		at += n;
		as += n;
		size -= n;
	}
	return true;
}

/* Prints [tag,length,tag,length,...]; 16 is added where the address is wrong. */
void memory_runs(struct obuffer *o, const void *at, phys_addr_t as, size_t size)
{
	const u8 *b = at;
	unsigned int tag = 0;
	size_t i, start = 0;
	bool first = true;

	if (is_pristine(at, as, size)) {
		out(o, "[0,%zu]", size);
		return;
	}
	out(o, "[");
	for (i = 0; i <= size; i++) {
		unsigned int t = 0;

		if (i < size) {
			t = b[i] & 0xf;
			if (b[i] >> 4 != checksum(as + i))
				t |= 0x10;
		}
		if (i == size || (i && t != tag)) {
			if (i > start)
				out(o, "%s%u,%zu", first ? "" : ",", tag, i - start);
			first = false;
			start = i;
		}
		tag = t;
	}
	out(o, "]");
}

void memory_windows(struct obuffer *o)
{
	unsigned int i;

	out(o, "[");
	for (i = 0; i < ARRAY_SIZE(windows); i++)
		out(o, "%s[%llu,%lu]", i ? "," : "", (unsigned long long)windows[i], WINDOW_SIZE);
	out(o, "]");
}
