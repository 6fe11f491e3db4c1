/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_NETDEVICE_H
#define _LINUX_NETDEVICE_H

#include <linux/device.h>
#include <linux/skbuff.h>

typedef int netdev_tx_t;
#define NETDEV_TX_OK 0x00
#define NETDEV_TX_BUSY 0x10

struct net_device;

struct net_device_ops {
	netdev_tx_t (*ndo_start_xmit)(struct sk_buff *skb,
				      struct net_device *dev);
};

struct net_device {
	const struct net_device_ops *netdev_ops;
	struct device dev;
	unsigned long tx_dropped;
};

struct net_device *alloc_etherdev(int sizeof_priv);
void free_netdev(struct net_device *dev);
void *netdev_priv(const struct net_device *dev);
int register_netdev(struct net_device *dev);
void unregister_netdev(struct net_device *dev);

#define SET_NETDEV_DEV(net, pdev) ((net)->dev.parent = (pdev))

#endif
