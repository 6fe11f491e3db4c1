/* Buffers that are shared with the host unless the channel keeps them private, and freed only once they are private again. */
#include <linux/hyperv.h>
#include <linux/mm.h>
#include <linux/set_memory.h>

int lab_post(struct vmbus_channel *channel, struct vmbus_gpadl *gpadl);

int lab_establish(struct vmbus_channel *channel, void *buffer, u32 size,
		  struct vmbus_gpadl *gpadl)
{
	int ret;

	gpadl->buffer = buffer;
	gpadl->size = size;
	gpadl->decrypted = !channel->co_external_memory;
	if (gpadl->decrypted) {
		ret = set_memory_decrypted((unsigned long)buffer, PFN_UP(size));
		if (ret)
			return ret;
	}

	return lab_post(channel, gpadl);
}

void lab_free(unsigned long pages, unsigned int order)
{
	if (set_memory_encrypted(pages, 1 << order))
		return;

	free_pages(pages, order);
}
