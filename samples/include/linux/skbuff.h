/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_SKBUFF_H
#define _LINUX_SKBUFF_H

#include <linux/types.h>

struct net_device;

struct sk_buff {
	struct net_device *dev;
	unsigned char *data;
	unsigned int len;
	unsigned int data_len;
};

static inline unsigned int skb_headlen(const struct sk_buff *skb)
{
	return skb->len - skb->data_len;
}

void dev_kfree_skb_any(struct sk_buff *skb);

#endif
