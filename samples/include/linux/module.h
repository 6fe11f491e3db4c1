/* SPDX-License-Identifier: MIT */
#ifndef _LINUX_MODULE_H
#define _LINUX_MODULE_H

#include <linux/kernel.h>

#define MODULE_LICENSE(license) struct __module_license
#define MODULE_DESCRIPTION(text) struct __module_description
#define MODULE_DEVICE_TABLE(type, name) struct __module_table
#define EXPORT_SYMBOL_GPL(symbol) struct __export_##symbol
#define module_init(fn) struct __module_init
#define module_exit(fn) struct __module_exit
#define module_param(name, type, perm) struct __module_param_##name

#endif
