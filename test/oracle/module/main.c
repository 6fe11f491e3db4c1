// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/coco_dma_oracle: write one program, read its results. The first read
 * after opening describes the machine.
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/utsname.h>
#include <linux/vmalloc.h>
#include "oracle.h"

#define LINE_SIZE	(128UL << 10)
#define TEXT_SIZE	(1UL << 20)

static DEFINE_MUTEX(lock);
static char *line;
static struct obuffer result;

void out(struct obuffer *o, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	o->len += vscnprintf(o->text + o->len, o->size - o->len, fmt, ap);
	va_end(ap);
}

static int oracle_open(struct inode *inode, struct file *file)
{
	mutex_lock(&lock);
	result.len = 0;
	out(&result, "{\"release\":\"%s\",\"version\":\"%s\",", init_utsname()->release,
	    init_utsname()->version);
	pool_describe(&result);
	out(&result, ",\"windows\":");
	memory_windows(&result);
	out(&result, "}\n");
	mutex_unlock(&lock);
	return 0;
}

static ssize_t oracle_write(struct file *file, const char __user *from, size_t n, loff_t *pos)
{
	if (n >= LINE_SIZE)
		return -E2BIG;
	mutex_lock(&lock);
	if (copy_from_user(line, from, n)) {
		mutex_unlock(&lock);
		return -EFAULT;
	}
	line[n] = '\0';
	result.len = 0;
	program_run(line, &result);
	mutex_unlock(&lock);
	*pos = 0;
	return n;
}

static ssize_t oracle_read(struct file *file, char __user *to, size_t n, loff_t *pos)
{
	ssize_t ret;

	mutex_lock(&lock);
	ret = simple_read_from_buffer(to, n, pos, result.text, result.len);
	mutex_unlock(&lock);
	return ret;
}

static const struct file_operations oracle_fops = {
	.owner = THIS_MODULE,
	.open = oracle_open,
	.read = oracle_read,
	.write = oracle_write,
};

static struct miscdevice oracle_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "coco_dma_oracle",
	.fops = &oracle_fops,
};

/* The default pool is not exported; device_initialize() hands it out. */
static struct io_tlb_mem *find_default_pool(void)
{
	struct odev *od = device_new(DEVICE_MASK_POINTER | DEVICE_PARMS, 0, 0);
	struct io_tlb_mem *found;

	if (!od)
		return NULL;
	device_word(NULL, od, 1, 0);
	found = od->dev.dma_io_tlb_mem;
	device_free(od);
	return found;
}

static int __init oracle_init(void)
{
	int ret = -ENOMEM;

	line = vmalloc(LINE_SIZE);
	result.text = vmalloc(TEXT_SIZE);
	result.size = TEXT_SIZE;
	if (!line || !result.text)
		goto free;
	ret = pool_init(find_default_pool());
	if (ret)
		goto free;
	ret = memory_init();
	if (ret)
		goto free;
	ret = restricted_init();
	if (ret)
		goto memory;
	ret = observe_init();
	if (ret)
		goto restricted;
	ret = misc_register(&oracle_misc);
	if (ret)
		goto observe;
	return 0;
observe:
	observe_exit();
restricted:
	restricted_exit();
memory:
	memory_exit();
free:
	vfree(result.text);
	vfree(line);
	return ret;
}

static void __exit oracle_exit(void)
{
	misc_deregister(&oracle_misc);
	observe_exit();
	restricted_exit();
	pool_exit();
	memory_exit();
	vfree(result.text);
	vfree(line);
}

module_init(oracle_init);
module_exit(oracle_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Runs DMA programs on the real DMA layer");
