import type { Level } from '../../../src/review/types';

/**
 * The level each rule has by default, as the rule pages promise it. Written down a second time on purpose: a fixture must
 * notice when the rule itself changes.
 */
export const ruleLevels: ReadonlyMap<string, Level> = new Map<string, Level>([
  ['swiotlb-reachable', 'error'],
  ['tlb-mem-reset', 'error'],
  ['tlb-mem-cleared-late', 'error'],
  ['disable-no-effect', 'error'],
  ['wrong-trust-flag', 'error'],
  ['shared-coherent-alloc', 'warning'],
  ['decrypted-external-memory', 'error'],
  ['gpadl-freed-while-shared', 'error'],
  ['reencrypt-unchecked', 'error'],
  ['decrypt-unchecked', 'warning'],
  ['decrypted-slab-memory', 'error'],
  ['raw-phys-to-device', 'hint'],
  ['shared-dma-without-bounce', 'error'],
  ['unmatched-unmap', 'error'],
  ['unmap-wrong-args', 'error'],
  ['pool-changed-while-mapped', 'error'],
  ['sync-missing', 'error'],
  ['min-align-mask-missing', 'error'],
  ['null-pool-deref', 'hint'],
  ['bounce-unavailable', 'warning'],
  ['null-pool-rejected', 'warning'],
  ['cc-shared-mismatch', 'error'],
  ['dma-mask-unset', 'error'],
  ['coherent-mask-unset', 'warning'],
  ['dma-mask-unchecked', 'hint'],
  ['dma-mask-after-map', 'warning'],
  ['mapping-error-unchecked', 'warning'],
  ['map-bad-memory', 'error'],
  ['convert-in-atomic', 'error'],
  ['unsigned-error-check', 'warning'],
  ['double-initialize', 'error'],
  ['freed-after-initialize', 'error'],
  ['direct-tlb-mem-write', 'hint'],
  ['global-dma-ops', 'hint'],
  ['duplicated-trust-flag', 'hint'],
  ['bounce-aware-driver', 'hint'],
]);
