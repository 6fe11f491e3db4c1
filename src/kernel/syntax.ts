/** Macros and helpers that the analysis models by name, as data. */

/** Calls whose value is that of their first argument. */
export const transparentCalls: ReadonlySet<string> = new Set([
  'likely',
  'unlikely',
  'READ_ONCE',
  'WARN_ON',
  'WARN_ON_ONCE',
  'WARN_ON_SMP',
  'VM_WARN_ON',
  'VM_WARN_ON_ONCE',
  'rcu_dereference',
  'rcu_dereference_protected',
  'rcu_dereference_raw',
  'smp_load_acquire',
  '__builtin_expect',
  'data_race',
  'le16_to_cpu',
  'le32_to_cpu',
  'le64_to_cpu',
  'cpu_to_le16',
  'cpu_to_le32',
  'cpu_to_le64',
  'READ_ONCE_NOCHECK',
  'ERR_CAST',
  '__force',
]);

/** `WARN(condition, format, …)` and its variants: the value is that of the condition. */
export const warningCalls: ReadonlySet<string> = new Set(['WARN', 'WARN_ONCE', 'WARN_TAINT', 'WARN_RATELIMIT']);

/** Calls that store their second argument in their first. */
export const storeCalls: ReadonlySet<string> = new Set([
  'WRITE_ONCE',
  'smp_store_release',
  'rcu_assign_pointer',
  'RCU_INIT_POINTER',
]);

/** Calls that do not return if the argument is true. */
export const assertingCalls: ReadonlySet<string> = new Set(['BUG_ON']);

/** Calls that never return. */
export const stoppingCalls: ReadonlySet<string> = new Set([
  'BUG',
  'panic',
  'unreachable',
  '__builtin_unreachable',
  'do_exit',
]);

/** Calls that convert a pointer to a member into one to the enclosing structure: (pointer, type, member). */
export const containerCalls: ReadonlySet<string> = new Set([
  'container_of',
  'container_of_const',
  'list_entry',
  'list_first_entry',
  'list_first_entry_or_null',
  'list_last_entry',
  'hlist_entry',
  'rb_entry',
]);

/** The same with a fixed type and member, as bus headers define them. */
export const containerHelpers: ReadonlyMap<string, { readonly struct: string; readonly member: string }> = new Map([
  ['device_to_hv_device', { struct: 'struct hv_device', member: 'device' }],
  ['to_pci_dev', { struct: 'struct pci_dev', member: 'dev' }],
  ['to_platform_device', { struct: 'struct platform_device', member: 'dev' }],
  ['to_usb_device', { struct: 'struct usb_device', member: 'dev' }],
  ['dev_to_virtio', { struct: 'struct virtio_device', member: 'dev' }],
]);

/** Allocators that return zeroed memory, or NULL. */
export const zeroingAllocators: ReadonlySet<string> = new Set([
  'kzalloc',
  'kcalloc',
  'vzalloc',
  'kvzalloc',
  'kvcalloc',
  'devm_kzalloc',
  'devm_kcalloc',
  'kzalloc_node',
  'get_zeroed_page',
]);

/** Kernel constants in conditions and arguments. */
export const namedConstants: ReadonlyMap<string, number> = new Map([
  ['NULL', 0],
  ['false', 0],
  ['true', 1],
  ['DMA_BIDIRECTIONAL', 0],
  ['DMA_TO_DEVICE', 1],
  ['DMA_FROM_DEVICE', 2],
  ['DMA_NONE', 3],
  ['PAGE_SIZE', 4096],
  ['HV_HYP_PAGE_SIZE', 4096],
  ['SZ_4K', 4096],
  ['EPERM', 1],
  ['ENOENT', 2],
  ['EIO', 5],
  ['EAGAIN', 11],
  ['ENOMEM', 12],
  ['EBUSY', 16],
  ['ENODEV', 19],
  ['EINVAL', 22],
  ['ENOSYS', 38],
  ['ENOTSUPP', 524],
  ['EOPNOTSUPP', 95],
]);

/** The arguments that an iteration macro assigns; a macro that is not listed may assign any local in its arguments. */
export const loopMacroCursors: ReadonlyMap<string, readonly number[]> = new Map([
  ['list_for_each_entry', [0]],
  ['list_for_each_entry_safe', [0, 1]],
  ['list_for_each_entry_reverse', [0]],
  ['list_for_each', [0]],
  ['hlist_for_each_entry', [0]],
  ['for_each_sg', [1, 3]],
  ['for_each_sgtable_sg', [1, 2]],
  ['for_each_online_cpu', [0]],
  ['for_each_possible_cpu', [0]],
  ['for_each_present_cpu', [0]],
]);
