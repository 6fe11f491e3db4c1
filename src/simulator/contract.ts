/** Which rule of the DMA API or the driver core a step broke. */
export type ContractRule =
  | 'double-initialize'
  | 'add-uninitialized'
  | 'add-twice'
  | 'map-not-ram'
  | 'pool-changed-while-mapped'
  | 'unmap-not-mapped'
  | 'unmap-failed-mapping'
  | 'free-not-allocated'
  | 'leak';

/** A broken API rule, worded as DMA-API, kobject and refcount debugging word it. */
export interface ContractViolation {
  readonly rule: ContractRule;
  readonly message: string;
  readonly device?: string;
  readonly mapping?: string;
}
