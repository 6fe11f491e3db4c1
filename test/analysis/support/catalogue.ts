import type { Level } from '../../../src/review/types';

/** What a rule rests on: a simulated run, an API contract that the machine saw broken, or the code alone. */
export type Basis = 'run' | 'contract' | 'seen';

export interface CatalogueEntry {
  readonly level: Level;
  readonly basis: Basis;
}

const entry = (level: Level, basis: Basis): CatalogueEntry => ({ level, basis });

/**
 * The default level and the basis of each rule, as the rule pages promise them. Written down a second time on purpose: a
 * fixture must notice when the rule itself changes.
 */
export const catalogue: ReadonlyMap<string, CatalogueEntry> = new Map([
  ['swiotlb-reachable', entry('error', 'run')],
  ['tlb-mem-reset', entry('error', 'run')],
  ['tlb-mem-cleared-late', entry('error', 'run')],
  ['disable-no-effect', entry('error', 'run')],
  ['wrong-trust-flag', entry('error', 'run')],
  ['shared-coherent-alloc', entry('warning', 'run')],
  ['decrypted-external-memory', entry('error', 'run')],
  ['gpadl-freed-while-shared', entry('error', 'run')],
  ['reencrypt-unchecked', entry('error', 'run')],
  ['decrypt-unchecked', entry('warning', 'run')],
  ['decrypted-slab-memory', entry('error', 'run')],
  ['raw-phys-to-device', entry('hint', 'run')],
  ['shared-dma-without-bounce', entry('error', 'run')],
  ['unmatched-unmap', entry('error', 'contract')],
  ['unmap-wrong-args', entry('error', 'contract')],
  ['pool-changed-while-mapped', entry('error', 'run')],
  ['sync-missing', entry('error', 'run')],
  ['min-align-mask-missing', entry('error', 'run')],
  ['null-pool-deref', entry('error', 'run')],
  ['bounce-unavailable', entry('warning', 'run')],
  ['null-pool-rejected', entry('warning', 'run')],
  ['cc-shared-mismatch', entry('error', 'run')],
  ['dma-mask-unset', entry('error', 'run')],
  ['coherent-mask-unset', entry('warning', 'run')],
  ['dma-mask-unchecked', entry('warning', 'seen')],
  ['dma-mask-after-map', entry('warning', 'run')],
  ['mapping-error-unchecked', entry('warning', 'contract')],
  ['map-bad-memory', entry('error', 'contract')],
  ['convert-in-atomic', entry('error', 'seen')],
  ['unsigned-error-check', entry('warning', 'seen')],
  ['double-initialize', entry('error', 'contract')],
  ['freed-after-initialize', entry('error', 'contract')],
  ['direct-tlb-mem-write', entry('hint', 'seen')],
  ['global-dma-ops', entry('hint', 'seen')],
  ['duplicated-trust-flag', entry('hint', 'seen')],
  ['bounce-aware-driver', entry('hint', 'seen')],
]);
