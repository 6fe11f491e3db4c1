/** The correct samples, and what is known of their mutants. */
import type { Kind } from './operators';

export interface SampleKind {
  readonly kind: Kind;
  /** Rules that catch mutants of an operator in this sample where not the operator's usual one; null where no rule promises to. */
  readonly rules?: Readonly<Record<string, string | null>>;
}

/** The copy, or the helper without effect, is inside the callee: what the registration comes to is the finding. */
const copyInHelper = { "a copy's pool": 'swiotlb-reachable' };

/** What another function does with a mapping is not compared with how it was made. */
const handleGivenAway = {
  'unmapped in the other direction': null,
  'unmapped by another size': null,
};

/** Files of `samples/`, each of them silent. */
export const samples: Readonly<Record<string, SampleKind>> = {
  'bus_inline.c': { kind: 'bus' },
  'bus_locals.c': { kind: 'bus' },
  // the helper that lost its store is a helper that does nothing
  'bus_helpers.c': { kind: 'bus', rules: { ...copyInHelper, 'the store is left out': 'disable-no-effect' } },
  'bus_early_return.c': { kind: 'bus', rules: copyInHelper },
  'bus_macro.c': { kind: 'bus', rules: copyInHelper },
  'bus_offer.c': { kind: 'bus' },
  // `pool == flag ? NULL : pool` compares the pool with the flag, and takes nothing away
  'bus_ternary.c': { kind: 'bus', rules: { 'a comparison in place of the store': 'swiotlb-reachable' } },
  'bus_list.c': { kind: 'bus' },
  'nic.c': { kind: 'driver', rules: handleGivenAway },
  'nic_local.c': { kind: 'driver' },
  'disk.c': { kind: 'driver', rules: handleGivenAway },
  // sizes are compared where both are known in numbers
  'nic_pfn.c': { kind: 'driver', rules: { 'unmapped by another size': null } },
  'pages.c': { kind: 'driver' },
  'pci.c': { kind: 'pci' },
  'pci_ring.c': { kind: 'pci', rules: handleGivenAway },
  'gpadl.c': { kind: 'memory' },
  'page.c': { kind: 'memory' },
};

/** Remarks on how the repair is written, not on what it does: a sample may have them. */
export const tolerated: ReadonlySet<string> = new Set(['direct-tlb-mem-write']);

export interface Equivalent {
  readonly operator: string;
  /** Without it, in every sample. */
  readonly sample?: string;
  readonly why: string;
}

/** Mutants that behave as the sample does. */
export const equivalents: readonly Equivalent[] = [
  {
    operator: "the flag and the ring's",
    why: 'the kernel rejects offers with private memory and a shared ring: the first flag implies the second',
  },
];
