/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_HYPERV_H
#define _LINUX_HYPERV_H

#include <linux/device.h>
#include <linux/mod_devicetable.h>

#define HV_HYP_PAGE_SHIFT 12
#define HV_HYP_PAGE_SIZE (1UL << HV_HYP_PAGE_SHIFT)

/* Offer flags: a private ring, and private memory outside the ring. */
#define VMBUS_CHANNEL_CONFIDENTIAL_RING_BUFFER 0x0002
#define VMBUS_CHANNEL_CONFIDENTIAL_EXTERNAL_MEMORY 0x0004

struct vmbus_channel_offer {
	guid_t if_type;
	guid_t if_instance;
	u16 chn_flags;
	u16 sub_channel_index;
};

struct vmbus_channel_offer_channel {
	struct vmbus_channel_offer offer;
	u32 child_relid;
};

static inline bool is_co_ring_buffer(const struct vmbus_channel_offer_channel *o)
{
	return !!(o->offer.chn_flags & VMBUS_CHANNEL_CONFIDENTIAL_RING_BUFFER);
}

static inline bool is_co_external_memory(const struct vmbus_channel_offer_channel *o)
{
	return !!(o->offer.chn_flags & VMBUS_CHANNEL_CONFIDENTIAL_EXTERNAL_MEMORY);
}

struct hv_device;

struct vmbus_gpadl {
	u32 gpadl_handle;
	u32 size;
	void *buffer;
	bool decrypted;
};

struct vmbus_channel {
	struct list_head listentry;
	struct hv_device *device_obj;
	struct vmbus_channel_offer_channel offermsg;
	struct list_head sc_list;
	struct vmbus_channel *primary_channel;
	struct page *ringbuffer_page;
	u32 ringbuffer_pagecount;
	struct vmbus_gpadl ringbuffer_gpadlhandle;
	/* The ring buffer is encrypted. */
	bool co_ring_buffer;
	/* Everything else that the device reads or writes is encrypted. */
	bool co_external_memory;
};

struct hv_device {
	guid_t dev_type;
	guid_t dev_instance;
	u16 vendor_id;
	u16 device_id;
	struct device device;
	struct vmbus_channel *channel;
	struct device_dma_parameters dma_parms;
	u64 dma_mask;
};

#define device_to_hv_device(d) container_of_const(d, struct hv_device, device)

struct hv_driver {
	const char *name;
	const struct hv_vmbus_device_id *id_table;
	struct device_driver driver;
	int (*probe)(struct hv_device *dev, const struct hv_vmbus_device_id *id);
	void (*remove)(struct hv_device *dev);
};

static inline void hv_set_drvdata(struct hv_device *dev, void *data)
{
	dev_set_drvdata(&dev->device, data);
}

static inline void *hv_get_drvdata(struct hv_device *dev)
{
	return dev_get_drvdata(&dev->device);
}

struct hv_page_buffer {
	u32 len;
	u32 offset;
	u64 pfn;
};

int vmbus_driver_register(struct hv_driver *drv);
void vmbus_driver_unregister(struct hv_driver *drv);
int vmbus_sendpacket(struct vmbus_channel *channel, void *buffer, u32 len,
		     u64 requestid, u32 type, u32 flags);
int vmbus_sendpacket_pagebuffer(struct vmbus_channel *channel,
				struct hv_page_buffer *pages, u32 pagecount,
				void *buffer, u32 len, u64 requestid);
int vmbus_establish_gpadl(struct vmbus_channel *channel, void *kbuffer,
			  u32 size, struct vmbus_gpadl *gpadl);
int vmbus_teardown_gpadl(struct vmbus_channel *channel,
			 struct vmbus_gpadl *gpadl);

bool vmbus_is_confidential(void);
bool hv_is_isolation_supported(void);
bool hv_isolation_type_snp(void);
bool hv_isolation_type_tdx(void);

#define VM_PKT_DATA_INBAND 0x6
#define VMBUS_DATA_PACKET_FLAG_COMPLETION_REQUESTED 1

#define HV_NIC_GUID .guid = { { 0x63, 0x51, 0x61, 0xf8 } }
#define HV_SCSI_GUID .guid = { { 0xd9, 0x63, 0x61, 0xba } }
#define HV_KBD_GUID .guid = { { 0x6d, 0xad, 0x12, 0xf9 } }
#define HV_SYNTHVID_GUID .guid = { { 0x02, 0x78, 0x0a, 0xda } }

#endif
