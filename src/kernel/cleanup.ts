/** The kernel's scope-based cleanup (`linux/cleanup.h`): the functions that run at the end of a scope, as data. */

/** The function that `__free(name)` calls with the variable, unless it is NULL or an error pointer. */
export const freeFunctions: ReadonlyMap<string, string> = new Map([
  ['kfree', 'kfree'],
  ['kfree_sensitive', 'kfree_sensitive'],
  ['kvfree', 'kvfree'],
  ['vfree', 'vfree'],
  ['free_percpu', 'free_percpu'],
  ['bitmap', 'bitmap_free'],
  ['put_device', 'put_device'],
  ['device_del', 'device_del'],
  ['pci_dev_put', 'pci_dev_put'],
  ['dev_put', 'dev_put'],
  ['device_node', 'of_node_put'],
  ['fwnode_handle', 'fwnode_handle_put'],
  ['firmware', 'release_firmware'],
  ['fput', 'fput'],
]);

/** The functions that a guard calls with its lock, at its declaration and at the end of its scope. */
export interface LockClass {
  readonly lock: string;
  readonly unlock: string;
}

function lockVariants(prefix: string, guard: string): [string, LockClass][] {
  return ['', '_irq', '_bh', '_irqsave'].map((kind) => [
    `${guard}${kind}`,
    { lock: `${prefix}_lock${kind}`, unlock: `${prefix}_unlock${kind.replace('irqsave', 'irqrestore')}` },
  ]);
}

const mutex: LockClass = { lock: 'mutex_lock', unlock: 'mutex_unlock' };

/** `guard(name)`, `scoped_guard(name, …)` and their conditional forms; for the latter, the path that holds the lock. */
export const lockClasses: ReadonlyMap<string, LockClass> = new Map([
  ...lockVariants('spin', 'spinlock'),
  ...lockVariants('raw_spin', 'raw_spinlock'),
  ...lockVariants('read', 'read_lock').filter(([name]) => name !== 'read_lock_bh'),
  ...lockVariants('write', 'write_lock').filter(([name]) => name !== 'write_lock_bh'),
  ['spinlock_try', { lock: 'spin_lock', unlock: 'spin_unlock' }],
  ['raw_spinlock_try', { lock: 'raw_spin_lock', unlock: 'raw_spin_unlock' }],
  ['mutex', mutex],
  ['mutex_try', mutex],
  ['mutex_intr', mutex],
  ['mutex_kill', mutex],
  ['device', { lock: 'device_lock', unlock: 'device_unlock' }],
  ['rwsem_read', { lock: 'down_read', unlock: 'up_read' }],
  ['rwsem_write', { lock: 'down_write', unlock: 'up_write' }],
]);

/** Classes of locks under which code must not sleep. */
export const spinlockClass = /^(?:raw_)?spinlock|^(?:read|write)_lock/;

/** Macros with a class, followed by the arguments of its constructor in a second pair of parentheses. */
export const guardMacros: ReadonlySet<string> = new Set(['guard', 'CLASS', 'ACQUIRE']);

/** Calls that return the value of a variable and set it to NULL, so that its cleanup does nothing. */
export const nullingCalls: ReadonlySet<string> = new Set(['no_free_ptr', 'retain_and_null_ptr', 'take_fd']);

/** `return_ptr(p)` expands to `return no_free_ptr(p)`. */
export const returnPtrCall = 'return_ptr';

/** A function that a file-scope macro for a class defines. */
export interface ClassDefinition {
  /** The function's name, given the name of the class. */
  readonly name: (of: string) => string;
  /** Index of the macro argument that is the function's body. */
  readonly body: number;
  /** The function's parameters: the remaining arguments of the macro, or `_T` of the class's type. */
  readonly parameters: 'self' | 'arguments';
}

const destructor = (of: string): string => `class_${of}_destructor`;
const constructor = (of: string): string => `class_${of}_constructor`;
const guardDefinitions: readonly ClassDefinition[] = [
  { name: constructor, body: 2, parameters: 'self' },
  { name: destructor, body: 3, parameters: 'self' },
];

/** The macros that define classes; their first argument is the class, the second one its type. */
export const classDefinitions: ReadonlyMap<string, readonly ClassDefinition[]> = new Map([
  ['DEFINE_FREE', [{ name: (of: string) => `__free_${of}`, body: 2, parameters: 'self' }]],
  [
    'DEFINE_CLASS',
    [
      { name: constructor, body: 3, parameters: 'arguments' },
      { name: destructor, body: 2, parameters: 'self' },
    ],
  ],
  ['DEFINE_GUARD', guardDefinitions],
  ['DEFINE_LOCK_GUARD_1', guardDefinitions],
]);
