// SPDX-License-Identifier: GPL-2.0
/*
 * One program, one line of text:
 *
 *	<id>;<step>;<step>...
 *
 * Numbers are hexadecimal and separated by blanks. Steps:
 *
 *	d <dev> <flags> <mask> <coherent>	device; enum device_flags
 *	l <dev> <word> <name>			lifecycle word; enum word
 *	m <dev> <which> <bits>			set a mask: 0 streaming, 1 coherent, 2 both
 *	a <dev> <mask>				dma_set_min_align_mask
 *	x <dev>					dma_max_mapping_size
 *	p <map> <dev> <kind> <dir> <attrs> <n> {<phys> <size>}	map; enum map_kind
 *	e <map>					dma_mapping_error
 *	u <map> <attrs> <dir> <size>		unmap; entries for a scatterlist
 *	s <map> <for device> <dir> <offset> <size>	dma_sync_*_for_*
 *	w <phys> <size> <tag>			the CPU writes to memory
 *	r <phys> <size>				the CPU reads from memory
 *	y <map> <offset> <size> <tag>		the device writes to a mapping
 *	c <alloc> <dev> <kind> <size> <atomic> <attrs>	allocate; enum alloc_kind
 *	f <alloc>				free
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

static struct omap *next_map(struct args *a)
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
	/* From 6.19 on the macro takes no 0. */
	return bits ? DMA_BIT_MASK(bits) : 0;
}

static int run_device(struct args *a)
{
	u64 i = next(a), flags = next(a), mask = next(a), coherent = next(a);

	if (a->bad || i >= MAX_DEVICES || prog.devices[i] || mask > 64 || coherent > 64)
		return -EINVAL;
	prog.devices[i] = device_new(flags, bits_to_mask(mask), bits_to_mask(coherent));
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

static int run_map(struct args *a, struct obuffer *o)
{
	u64 id = next(a);
	struct odev *od = next_device(a);
	u64 kind = next(a), dir = next(a), attrs = next(a), nr = next(a);
	struct omap *m;
	unsigned int i;

	if (a->bad || id >= MAX_MAPPINGS || prog.maps[id] || kind > MAP_PHYS ||
	    dir > DMA_FROM_DEVICE || !nr || nr > (kind == MAP_SG ? MAX_SG : 1))
		return -EINVAL;
	m = kzalloc(sizeof(*m), GFP_KERNEL);
	if (!m)
		return -ENOMEM;
	prog.maps[id] = m;
	m->kind = kind;
	m->od = od;
	m->dir = dir;
	m->attrs = attrs;
	for (i = 0; i < nr; i++) {
		u64 phys = next(a), size = next(a);

		if (a->bad || !size || (kind != MAP_RESOURCE && !memory_owns(phys, size)))
			return -ERANGE;
		m->buf[i].phys = phys;
		m->buf[i].size = size;
		m->nr = i + 1;
	}
	step_map(m, o);
	return 0;
}

static int run_read(struct args *a, struct obuffer *o)
{
	phys_addr_t phys = next(a);
	size_t size = next(a);

	if (a->bad || !memory_owns(phys, size))
		return -ERANGE;
	out(o, "\"orig\":[");
	memory_runs(o, phys_to_virt(phys), phys, size);
	out(o, "]");
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
	u64 kind = next(a), size = next(a), atomic = next(a), attrs = next(a);

	if (a->bad || id >= MAX_ALLOCS || prog.allocs[id].od)
		return -EINVAL;
	prog.allocs[id].od = od;
	prog.allocs[id].kind = kind;
	prog.allocs[id].size = size;
	prog.allocs[id].attrs = attrs;
	return step_alloc(&prog.allocs[id], atomic ? GFP_ATOMIC : GFP_KERNEL, o);
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
	struct omap *m = next_map(a);
	unsigned int i, n = op == 's' ? 4 : op == 'e' ? 0 : 3;
	u64 v[4] = { 0 };

	for (i = 0; i < n; i++)
		v[i] = next(a);
	if (a->bad)
		return -EINVAL;
	if (op == 'e') {
		step_mapping_error(m, o);
		return 0;
	}
	if (!m->mapped) {
		out(o, "\"dead\":1");
		return 0;
	}
	if (op == 'y')
		return step_device_write(m, v[0], v[1], v[2]);
	if (op == 's')
		return step_sync(m, v[0], v[1], v[2], v[3], o);
	return step_unmap(m, v[0], v[1], v[2], o);
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
		step_min_align(od, next(a), o);
		return 0;
	case 'x':
		step_max_mapping(od, o);
		return 0;
	case 'p':
		return run_map(a, o);
	case 'e':
	case 'u':
	case 's':
	case 'y':
		return run_mapping(op, a, o);
	case 'w':
		return run_write(a);
	case 'r':
		return run_read(a, o);
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
			step_free(&prog.allocs[i], NULL);
	for (i = 0; i < MAX_MAPPINGS; i++) {
		struct omap *m = prog.maps[i];

		if (!m)
			continue;
		for (k = 0; m->kind != MAP_RESOURCE && k < m->nr; k++)
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
	u64 id = next(&h);
	unsigned int n = 0;
	int ret = h.bad ? -EINVAL : 0;
	bool warned;

	out(o, "{\"id\":%llu,\"steps\":[", (unsigned long long)id);
	observe_start();
	while (!ret && (text = strsep(&line, ";"))) {
		struct args a = { .at = text + 1 };

		if (!*text)
			break;
		out(o, n ? ",{" : "{");
		observe_step();
		ret = run_step(*text, &a, o);
		pool_settle();
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
