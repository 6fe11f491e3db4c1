/** What the kernel's scope-based cleanup (`linux/cleanup.h`) runs when a scope ends, as data. */

/** What `__free(name)` calls with the variable, unless that is NULL or an error. */
export const freeingClasses: ReadonlyMap<string, string> = new Map([
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

/** What a guard calls with its lock when it is taken, and when its scope ends. */
export interface LockClass {
  readonly lock: string;
  readonly unlock: string;
}

function spinning(prefix: string, guard: string): [string, LockClass][] {
  return ['', '_irq', '_bh', '_irqsave'].map((kind) => [
    `${guard}${kind}`,
    { lock: `${prefix}_lock${kind}`, unlock: `${prefix}_unlock${kind.replace('irqsave', 'irqrestore')}` },
  ]);
}

const mutex: LockClass = { lock: 'mutex_lock', unlock: 'mutex_unlock' };

/** `guard(name)`, `scoped_guard(name, …)` and their conditional forms; of the latter, the path that has the lock. */
export const lockClasses: ReadonlyMap<string, LockClass> = new Map([
  ...spinning('spin', 'spinlock'),
  ...spinning('raw_spin', 'raw_spinlock'),
  ...spinning('read', 'read_lock').filter(([name]) => name !== 'read_lock_bh'),
  ...spinning('write', 'write_lock').filter(([name]) => name !== 'write_lock_bh'),
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

/** Classes whose holder must not sleep. */
export const spinningClass = /^(?:raw_)?spinlock|^(?:read|write)_lock/;

/** Macros that name a class and then, in a second pair of parentheses, what it is made of. */
export const guardMacros: ReadonlySet<string> = new Set(['guard', 'CLASS', 'ACQUIRE']);

/** Calls with the value of a variable that its cleanup then leaves alone: they set the variable to NULL. */
export const takingCalls: ReadonlySet<string> = new Set(['no_free_ptr', 'retain_and_null_ptr', 'take_fd']);

/** `return_ptr(p)` stands for `return no_free_ptr(p)`. */
export const returningCall = 'return_ptr';

/** File-scope macros that define a class, with the argument that is code, by the function that C gets from it. */
export interface ClassDefinition {
  /** The prefix and suffix of the function's name around that of the class. */
  readonly name: (of: string) => string;
  /** The argument that is its body. */
  readonly body: number;
  /** The body's parameters: arguments of the macro from here on, or `_T` of the class's type. */
  readonly takes: 'self' | 'arguments';
}

const destructor = (of: string): string => `class_${of}_destructor`;
const constructor = (of: string): string => `class_${of}_constructor`;
const guarding: readonly ClassDefinition[] = [
  { name: constructor, body: 2, takes: 'self' },
  { name: destructor, body: 3, takes: 'self' },
];

/** The class of all of these is their first argument, its type the second one. */
export const classDefinitions: ReadonlyMap<string, readonly ClassDefinition[]> = new Map([
  ['DEFINE_FREE', [{ name: (of: string) => `__free_${of}`, body: 2, takes: 'self' }]],
  [
    'DEFINE_CLASS',
    [
      { name: constructor, body: 3, takes: 'arguments' },
      { name: destructor, body: 2, takes: 'self' },
    ],
  ],
  ['DEFINE_GUARD', guarding],
  ['DEFINE_LOCK_GUARD_1', guarding],
]);
