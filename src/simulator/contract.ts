/** Which rule of the DMA API or the driver core a step broke. */
export type ContractRule =
  | 'double-initialize'
  | 'not-initialized'
  | 'add-twice'
  | 'del-not-added'
  | 'freed-after-initialize'
  | 'used-after-free'
  | 'pool-changed-while-mapped'
  | 'map-not-ram'
  | 'map-stack'
  | 'map-vmalloc'
  | 'map-overlap'
  | 'map-error-unchecked'
  | 'unmap-not-mapped'
  | 'unmap-failed-mapping'
  | 'unmap-wrong-size'
  | 'unmap-wrong-direction'
  | 'unmap-wrong-count'
  | 'sync-not-mapped'
  | 'sync-outside-mapping'
  | 'sync-wrong-direction'
  | 'device-write-unmapped'
  | 'access-outside-allocation'
  | 'free-not-allocated'
  | 'freed-while-mapped'
  | 'send-not-mapped'
  | 'gpadl-not-established'
  | 'gpadl-freed-established'
  | 'gpadl-freed-shared'
  | 'leak';

/** A broken API rule, worded as DMA-API, kobject and refcount debugging word it. */
export interface ContractViolation {
  readonly rule: ContractRule;
  readonly message: string;
  readonly device?: string;
  /** Mapping, allocation or GPADL. */
  readonly mapping?: string;
}
