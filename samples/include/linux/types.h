/* SPDX-License-Identifier: MIT */
/* Declarations for the samples: just enough of the kernel's names to compile. */
#ifndef _LINUX_TYPES_H
#define _LINUX_TYPES_H

#include <stddef.h>

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef int s32;
typedef long long s64;
typedef _Bool bool;
typedef unsigned int gfp_t;
typedef u64 dma_addr_t;
typedef u64 phys_addr_t;
typedef unsigned long uintptr_t;

#define true 1
#define false 0

struct list_head {
	struct list_head *next, *prev;
};

typedef struct {
	u8 b[16];
} guid_t;

#endif
