/* A page for the host to write to: shared, used, taken back, and leaked where it cannot be taken back. */
#include <linux/hyperv.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/set_memory.h>

struct lab_page {
	unsigned long page;
};

int lab_alloc(struct lab_page *lab)
{
	lab->page = __get_free_pages(GFP_KERNEL, 0);
	if (!lab->page)
		return -ENOMEM;

	if (set_memory_decrypted(lab->page, 1)) {
		/* shared or not, nobody knows: it is lost */
		lab->page = 0;
		return -EIO;
	}

	return 0;
}

void lab_release(struct lab_page *lab)
{
	int ret;

	ret = set_memory_encrypted(lab->page, 1);
	if (ret)
		return;

	free_pages(lab->page, 0);
	lab->page = 0;
}
