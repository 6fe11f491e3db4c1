// SPDX-License-Identifier: GPL-2.0
/* The devices of a program, and what happens to them before they are used. */
#include <linux/slab.h>
#include "oracle.h"

/* In the order of lifecycleCodes in ../wire.ts. */
enum word {
	W_ZEROED,
	W_DEVICE_INITIALIZE,
	W_DEVICE_ADD,
	W_DEVICE_REGISTER,
	W_POOL_NULL,
	W_POOL_DEFAULT,
	W_POOL_SAVED,
	W_SAVE_POOL,
	W_DEVICE_DEL,
	W_DEVICE_UNREGISTER,
	W_GET_DEVICE,
	W_PUT_DEVICE,
	W_POOL_RESTRICTED,
	W_POOL_PRIVATE,
};

static unsigned int serial;

/* The program may still name a device that is gone; device_free() frees it. */
static void odev_release(struct device *dev)
{
	container_of(dev, struct odev, dev)->released = true;
}

bool device_is_ours(const struct device *dev)
{
	return dev->release == odev_release;
}

struct odev *device_new(unsigned int flags, u64 mask, u64 coherent)
{
	struct odev *od = kzalloc(sizeof(*od), GFP_KERNEL);

	if (!od)
		return NULL;
	if (flags & DEVICE_MASK_POINTER)
		od->dev.dma_mask = &od->mask;
	if (flags & DEVICE_PARMS)
		od->dev.dma_parms = &od->parms;
	od->private_dma = flags & DEVICE_PRIVATE_DMA;
	od->mask = mask;
	od->dev.coherent_dma_mask = coherent;
	od->dev.release = odev_release;
	dev_set_name(&od->dev, "oracle%u", serial++);
	return od;
}

/*
 * A device that is initialised again while it is in the lists of the driver core
 * corrupts them, and this guest has to survive. It is taken out first; the DMA
 * state, which is what is looked at, is the same either way.
 */
static void leave_lists(struct odev *od)
{
	if (od->added)
		device_del(&od->dev);
	od->added = false;
}

static int add(struct odev *od)
{
	int ret;

	/* Each of these would corrupt or free what the guest still uses. */
	if (od->added || !od->initialized)
		return -EINVAL;
	ret = device_add(&od->dev);
	od->added = !ret;
	return ret;
}

int device_word(struct oprog *p, struct odev *od, unsigned int word, unsigned int arg)
{
	switch (word) {
	case W_ZEROED:
		return 0;
	case W_DEVICE_INITIALIZE:
		leave_lists(od);
		device_initialize(&od->dev);
		od->initialized = true;
		return 0;
	case W_DEVICE_ADD:
		return add(od);
	case W_DEVICE_REGISTER:
		leave_lists(od);
		od->initialized = true;
		od->added = !device_register(&od->dev);
		return od->added ? 0 : -EINVAL;
	case W_DEVICE_DEL:
	case W_DEVICE_UNREGISTER:
		if (!od->added)
			return -EINVAL;
		od->added = false;
		device_del(&od->dev);
		if (word == W_DEVICE_UNREGISTER)
			put_device(&od->dev);
		return 0;
	case W_GET_DEVICE:
	case W_PUT_DEVICE:
		if (!od->initialized || od->released)
			return -EINVAL;
		if (word == W_GET_DEVICE)
			get_device(&od->dev);
		else
			put_device(&od->dev);
		return 0;
	case W_POOL_NULL:
		od->dev.dma_io_tlb_mem = NULL;
		return 0;
	case W_POOL_DEFAULT:
		od->dev.dma_io_tlb_mem = pool_default();
		return 0;
	case W_POOL_SAVED:
		if (arg >= MAX_SAVED || !p->saved_set[arg])
			return -ENOENT;
		od->dev.dma_io_tlb_mem = p->saved[arg];
		return 0;
	case W_SAVE_POOL:
		if (arg >= MAX_SAVED)
			return -ENOENT;
		p->saved[arg] = od->dev.dma_io_tlb_mem;
		p->saved_set[arg] = true;
		return 0;
	case W_POOL_RESTRICTED:
		return restricted_attach(&od->dev);
	case W_POOL_PRIVATE:
		od->dev.dma_io_tlb_mem = pool_private();
		return od->dev.dma_io_tlb_mem ? 0 : -ENOMEM;
	default:
		return -EINVAL;
	}
}

void device_free(struct odev *od)
{
	pool_leave(&od->dev);
	leave_lists(od);
	/* Whatever references the program left. */
	while (od->initialized && !od->released)
		put_device(&od->dev);
	if (!od->initialized)
		kfree_const(od->dev.kobj.name);
	kfree(od);
}
