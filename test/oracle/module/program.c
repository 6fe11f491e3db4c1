// SPDX-License-Identifier: GPL-2.0
/*
 * One program, one line of text:
 *
 *	<id> <flags>;<step>;<step>...
 *
 * Numbers are hexadecimal and separated by blanks; flag 1 makes
 * force_dma_unencrypted() true for this program. Steps:
 *
 *	d <dev> <flags> <mask> <coherent>	device; flag 1 mask pointer, 2 dma_parms
 *	l <dev> <word> <name>			lifecycle word
 *	m <dev> <which> <bits>			set a mask: 0 streaming, 1 coherent, 2 both
 *	a <dev> <mask>				dma_set_min_align_mask
 *	x <dev>					dma_max_mapping_size
 *	p <map> <dev> <dir> <phys> <size>	dma_map_page
 *	g <map> <dev> <dir> <n> {<phys> <size>}	dma_map_sg
 *	u <map>					unmap
 *	s <map> <for device> <offset> <size>	dma_sync_single_for_*, dma_sync_sg_for_*
 *	w <phys> <size> <tag>			the CPU writes to memory
 *	y <map> <offset> <size> <tag>		the device writes to a mapping
 *	c <alloc> <dev> <size> <atomic>		dma_alloc_coherent
 *	f <alloc>				dma_free_coherent
 *
 * The answer is one line of JSON: one object a step.
 */
#include <linux/ctype.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include "oracle.h"

static struct oprog prog;

/* The numbers of a step, taken one by one; anything missing is remembered. */
struct args {
	char *at;
	bool bad;
};

static u64 next(struct args *a)
{
	char *word;
	u64 v;

	a->at = skip_spaces(a->at);
	word = a->at;
	while (*a->at && !isspace(*a->at))
		a->at++;
	if (*a->at)
		*a->at++ = '\0';
	if (kstrtou64(word, 16, &v)) {
		a->bad = true;
		return 0;
	}
	return v;
}

static struct odev *next_device(struct args *a)
{
	u64 i = next(a);

	if (i >= MAX_DEVICES || !prog.devices[i]) {
		a->bad = true;
		return NULL;
	}
	return prog.devices[i];
}

static struct omap *next_live(struct args *a)
{
	u64 i = next(a);

	if (i >= MAX_MAPPINGS || !prog.maps[i]) {
		a->bad = true;
		return NULL;
	}
	return prog.maps[i];
}

static u64 bits_to_mask(unsigned int bits)
{
	return DMA_BIT_MASK(bits);
}

static int run_device(struct args *a)
{
	u64 i = next(a), flags = next(a), mask = next(a), coherent = next(a);

	if (a->bad || i >= MAX_DEVICES || prog.devices[i] || mask > 64 || coherent > 64)
		return -EINVAL;
	prog.devices[i] = device_new(flags & 1, flags & 2, bits_to_mask(mask),
				     bits_to_mask(coherent));
	return prog.devices[i] ? 0 : -ENOMEM;
}

static int run_word(struct args *a, struct obuffer *o)
{
	struct odev *od = next_device(a);
	unsigned int word = next(a), name = next(a);
	int ret;

	if (a->bad)
		return -EINVAL;
	ret = device_word(&prog, od, word, name);
	out(o, "\"pool\":\"%s\"", !od->dev.dma_io_tlb_mem ? "null" :
	    od->dev.dma_io_tlb_mem == pool_default() ? "default" : "other");
	return ret;
}

static int run_map(struct args *a, bool sg, struct obuffer *o)
{
	u64 id = next(a);
	struct odev *od = next_device(a);
	u64 dir = next(a);
	u64 nr = sg ? next(a) : 1;
	struct omap *m;
	unsigned int i;

	if (a->bad || id >= MAX_MAPPINGS || prog.maps[id] || dir > DMA_FROM_DEVICE ||
	    !nr || nr > MAX_SG)
		return -EINVAL;
	m = kzalloc(sizeof(*m), GFP_KERNEL);
	if (!m)
		return -ENOMEM;
	prog.maps[id] = m;
	m->sg = sg;
	m->od = od;
	m->dir = dir;
	m->nr = nr;
	for (i = 0; i < nr; i++) {
		m->buf[i].phys = next(a);
		m->buf[i].size = next(a);
		if (a->bad || !m->buf[i].size ||
		    !memory_owns(m->buf[i].phys, m->buf[i].size)) {
			/* Keeps the end of the program from touching it. */
			m->nr = i;
			return -ERANGE;
		}
	}
	step_map(m, o);
	return 0;
}

static int run_write(struct args *a)
{
	phys_addr_t phys = next(a);
	size_t size = next(a);
	unsigned int tag = next(a);

	if (a->bad || !memory_owns(phys, size) || prog.nr_writes == MAX_WRITES)
		return -ERANGE;
	prog.writes[prog.nr_writes].phys = phys;
	prog.writes[prog.nr_writes++].size = size;
	memory_fill(phys_to_virt(phys), phys, size, tag);
	return 0;
}

static int run_alloc(struct args *a, struct obuffer *o)
{
	u64 id = next(a);
	struct odev *od = next_device(a);
	u64 size = next(a), atomic = next(a);

	if (a->bad || id >= MAX_ALLOCS || prog.allocs[id].od)
		return -EINVAL;
	prog.allocs[id].od = od;
	prog.allocs[id].size = size;
	step_alloc(&prog.allocs[id], atomic ? GFP_ATOMIC : GFP_KERNEL, o);
	return 0;
}

static int run_free(struct args *a, struct obuffer *o)
{
	u64 id = next(a);

	if (a->bad || id >= MAX_ALLOCS || !prog.allocs[id].od)
		return -EINVAL;
	if (prog.allocs[id].cpu)
		step_free(&prog.allocs[id], o);
	else
		out(o, "\"dead\":1");
	return 0;
}

/* Unmapping, syncing or writing through a mapping that failed does nothing. */
static int run_mapping(char op, struct args *a, struct obuffer *o)
{
	struct omap *m = next_live(a);
	u64 v[3] = { 0 };
	unsigned int i, n = op == 'u' ? 0 : 3;

	for (i = 0; i < n; i++)
		v[i] = next(a);
	if (a->bad)
		return -EINVAL;
	if (!m->live) {
		out(o, "\"dead\":1");
		return 0;
	}
	if (op == 'y')
		return step_device_write(m, v[0], v[1], v[2]);
	if (op == 's')
		return step_sync(m, v[0], v[1], v[2], o);
	step_unmap(m, o);
	return 0;
}

static int run_step(char op, struct args *a, struct obuffer *o)
{
	struct odev *od = NULL;

	if (op == 'm' || op == 'a' || op == 'x')
		od = next_device(a);
	if (a->bad)
		return -EINVAL;
	switch (op) {
	case 'd':
		return run_device(a);
	case 'l':
		return run_word(a, o);
	case 'm': {
		unsigned int which = next(a), bits = next(a);

		if (a->bad || bits > 64)
			return -EINVAL;
		return step_mask(od, which, bits_to_mask(bits), o);
	}
	case 'a':
		step_min_align(od, next(a));
		return 0;
	case 'x':
		step_max_mapping(od, o);
		return 0;
	case 'p':
	case 'g':
		return run_map(a, op == 'g', o);
	case 'u':
	case 's':
	case 'y':
		return run_mapping(op, a, o);
	case 'w':
		return run_write(a);
	case 'c':
		return run_alloc(a, o);
	case 'f':
		return run_free(a, o);
	default:
		return -EINVAL;
	}
}

/*
 * Takes everything away from the program. A live direct mapping needs no unmap
 * on a coherent machine; the slots of live bounced ones return by pool_reset().
 */
static void clean_up(void)
{
	unsigned int i, k;

	for (i = 0; i < MAX_ALLOCS; i++)
		if (prog.allocs[i].cpu)
			dma_free_coherent(&prog.allocs[i].od->dev, prog.allocs[i].size,
					  prog.allocs[i].cpu, prog.allocs[i].dma);
	for (i = 0; i < MAX_MAPPINGS; i++) {
		struct omap *m = prog.maps[i];

		if (!m)
			continue;
		for (k = 0; k < m->nr; k++)
			memory_restore(m->buf[k].phys, m->buf[k].size);
		kfree(m->sgl);
		kfree(m);
	}
	for (i = 0; i < prog.nr_writes; i++)
		memory_restore(prog.writes[i].phys, prog.writes[i].size);
	for (i = 0; i < MAX_DEVICES; i++)
		if (prog.devices[i])
			device_free(prog.devices[i]);
	pool_reset();
	memset(&prog, 0, sizeof(prog));
}

void program_run(char *line, struct obuffer *o)
{
	char *head = strsep(&line, ";"), *text;
	struct args h = { .at = head };
	u64 id = next(&h), flags = next(&h);
	unsigned int n = 0;
	int ret = h.bad ? -EINVAL : 0;
	bool warned;

	out(o, "{\"id\":%llu,\"steps\":[", (unsigned long long)id);
	observe_start(flags & 1);
	while (!ret && (text = strsep(&line, ";"))) {
		struct args a = { .at = text + 1 };

		if (!*text)
			break;
		out(o, n ? ",{" : "{");
		observe_step();
		ret = run_step(*text, &a, o);
		if (a.bad)
			ret = -EINVAL;
		observe_messages(o);
		out(o, "}");
		n++;
	}
	out(o, "]");
	if (ret)
		out(o, ",\"error\":\"step %u: %d\"", n, ret);
	clean_up();
	warned = observe_stop();
	out(o, ",\"warned\":%d}\n", warned);
}
