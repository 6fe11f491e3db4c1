// SPDX-License-Identifier: GPL-2.0
/*
 * What the DMA layer does beside its return value: which functions it enters
 * (kprobes), and what it prints (the console tracepoint, which fires whatever
 * the log level is).
 *
 * Two probes also change what the kernel does, for the calling task only:
 * force_dma_unencrypted() returns false for a device that the program says this
 * of, and ___ratelimit() lets every message through, since a message that
 * depends on the time of day cannot be compared.
 */
#include <linux/kprobes.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/tracepoint.h>
#include "oracle.h"

#define MAX_MESSAGES	8
#define MESSAGE_SIZE	200

struct observed observed;

static struct task_struct *runner;
static bool printed;
static char messages[MAX_MESSAGES][MESSAGE_SIZE];
static unsigned int nr_messages;
static struct tracepoint *console_tracepoint;

static int count_swiotlb_map(struct kprobe *p, struct pt_regs *regs)
{
	if (current == runner)
		observed.swiotlb_maps++;
	return 0;
}

static int count_decrypt(struct kprobe *p, struct pt_regs *regs)
{
	if (current == runner)
		observed.decrypts++;
	return 0;
}

static int count_from_pool(struct kprobe *p, struct pt_regs *regs)
{
	if (current == runner)
		observed.from_pool++;
	return 0;
}

/* swiotlb_bounce(dev, tlb_addr, size, dir, pool) */
static int count_copy(struct kprobe *p, struct pt_regs *regs)
{
	if (current == runner)
		observed.copied += regs_get_kernel_argument(regs, 2);
	return 0;
}

/* Makes the probed function return @value at once. */
static int return_at_once(struct pt_regs *regs, unsigned long value)
{
	regs_set_return_value(regs, value);
	instruction_pointer_set(regs, *(unsigned long *)kernel_stack_pointer(regs));
	regs->sp += sizeof(unsigned long);
	return 1;
}

/* force_dma_unencrypted(dev), where the runner asks it of a device of the program. */
static int say_encrypted(struct kprobe *p, struct pt_regs *regs)
{
	struct device *dev = (struct device *)regs_get_kernel_argument(regs, 0);

	if (current != runner || !dev || !device_is_ours(dev))
		return 0;
	return container_of(dev, struct odev, dev)->private_dma ? return_at_once(regs, false) : 0;
}

static int say_not_limited(struct kprobe *p, struct pt_regs *regs)
{
	return current == runner ? return_at_once(regs, true) : 0;
}

/* A post handler keeps kprobes from optimising a probe that changes the flow. */
static void nothing_after(struct kprobe *p, struct pt_regs *regs, unsigned long flags)
{
}

static struct kprobe probes[] = {
	{ .symbol_name = "swiotlb_tbl_map_single", .pre_handler = count_swiotlb_map },
	{ .symbol_name = "swiotlb_bounce", .pre_handler = count_copy },
	{ .symbol_name = "set_memory_decrypted", .pre_handler = count_decrypt },
	{ .symbol_name = "dma_alloc_from_pool", .pre_handler = count_from_pool },
	{ .symbol_name = "force_dma_unencrypted", .pre_handler = say_encrypted,
	  .post_handler = nothing_after },
	{ .symbol_name = "___ratelimit", .pre_handler = say_not_limited,
	  .post_handler = nothing_after },
};

/* The rest of a warning (registers, call trace) has no meaning to compare. */
static bool worth_keeping(const char *text)
{
	static const char * const words[] = {
		"swiotlb", "SWIOTLB", "overflow", "kobject", "WARNING:", "coherent pool",
		"suitable pool", "exhausted", "alignment", "Memory encryption", "Access before", "rejecting",
		"NULL pointer dereference",
	};
	unsigned int i;

	/* Where an oops happened. */
	if (nr_messages && strstr(messages[nr_messages - 1], "NULL pointer") && strstr(text, "RIP: "))
		return true;
	if (strstr(text, "+0x") && !strstr(text, "WARNING:"))
		return false;
	for (i = 0; i < ARRAY_SIZE(words); i++)
		if (strstr(text, words[i]))
			return true;
	return false;
}

static void on_message(void *ignore, const char *text, size_t len)
{
	char *m;

	if (current != runner || nr_messages == MAX_MESSAGES)
		return;
	m = messages[nr_messages];
	len = min_t(size_t, len, MESSAGE_SIZE - 1);
	memcpy(m, text, len);
	m[len] = '\0';
	if (!worth_keeping(m))
		return;
	nr_messages++;
	printed = true;
}

static void find_console(struct tracepoint *tp, void *priv)
{
	if (!strcmp(tp->name, "console"))
		console_tracepoint = tp;
}

int observe_init(void)
{
	unsigned int i;
	int ret;

	for_each_kernel_tracepoint(find_console, NULL);
	if (!console_tracepoint)
		return -ENOENT;
	ret = tracepoint_probe_register(console_tracepoint, on_message, NULL);
	if (ret)
		return ret;
	for (i = 0; i < ARRAY_SIZE(probes); i++) {
		ret = register_kprobe(&probes[i]);
		if (ret) {
			pr_err("coco_dma_oracle: probe %s: %d\n", probes[i].symbol_name, ret);
			while (i--)
				unregister_kprobe(&probes[i]);
			tracepoint_probe_unregister(console_tracepoint, on_message, NULL);
			return ret;
		}
	}
	return 0;
}

void observe_exit(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(probes); i++)
		unregister_kprobe(&probes[i]);
	tracepoint_probe_unregister(console_tracepoint, on_message, NULL);
	tracepoint_synchronize_unregister();
}

void observe_start(void)
{
	printed = false;
	observe_step();
	observe_task(current);
}

/* What @task does counts as done by the program. */
void observe_task(struct task_struct *task)
{
	runner = task;
}

void observe_step(void)
{
	nr_messages = 0;
	memset(&observed, 0, sizeof(observed));
}

/* True if there was a message: one of those printed "once", maybe. */
bool observe_stop(void)
{
	runner = NULL;
	return printed;
}

void observe_messages(struct obuffer *o)
{
	unsigned int i;
	const char *c;

	if (!nr_messages)
		return;
	out(o, "%s\"m\":[", o->text[o->len - 1] == '{' ? "" : ",");
	for (i = 0; i < nr_messages; i++) {
		out(o, "%s\"", i ? "," : "");
		for (c = messages[i]; *c; c++) {
			if (*c == '"' || *c == '\\')
				out(o, "\\%c", *c);
			else if (*c >= ' ' && *c < 0x7f)
				out(o, "%c", *c);
		}
		out(o, "\"");
	}
	out(o, "]");
}
