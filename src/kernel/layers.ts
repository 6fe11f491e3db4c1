/**
 * Where maintainers want the decision to bounce: in the bus or the DMA core, not in a driver.
 * Christoph Hellwig, April 2025, on 20250409000835.285105-6-romank@linux.microsoft.com; Robin Murphy, 11 February 2026,
 * cc4dc4a6-2d74-49c1-bbb0-cfa44802a66b@arm.com; Leon Romanovsky, 25 March 2026, on 20260325075649.248241-1-tiala@microsoft.com.
 */

/** The code that decides: a driver (a client of the DMA API), the bus that registers its devices, or the code below the API. */
export type Layer = 'driver' | 'bus' | 'core';

/** The layer at which some code decides, and the layers at which maintainers want the decision. */
export interface LayerNote {
  readonly at: Layer;
  readonly wanted: readonly Layer[];
  /** One line that follows "fix belongs in:", without a full stop. */
  readonly message: string;
}

type Wish = Omit<LayerNote, 'at'>;

const notInDriver: Wish = {
  wanted: ['bus', 'core'],
  message: 'the bus that registers the device, or the DMA core, not the driver',
};
const beforeAdd: Wish = {
  wanted: ['bus', 'core'],
  message: 'the bus (between device_initialize() and device_add()) or the DMA core, not the driver',
};
const deviceProperty: Wish = {
  wanted: ['core'],
  message: 'the DMA core, based on a property of the device, not the bus',
};
const bouncing: Wish = {
  wanted: ['core'],
  message: 'the DMA core, which alone decides whether to bounce, not the driver',
};
const sharedOps = (at: Layer): Wish => ({
  wanted: ['core'],
  message: `the DMA core or the architecture, not the ${at}: these operations are shared by all devices`,
});

/** What maintainers want where a driver or a bus does what a rule reports; rules about other decisions have no entry. */
const wishes: ReadonlyMap<string, Partial<Record<Layer, Wish>>> = new Map([
  ['swiotlb-reachable', { driver: notInDriver, bus: beforeAdd }],
  ['tlb-mem-reset', { driver: notInDriver, bus: beforeAdd }],
  ['tlb-mem-cleared-late', { driver: notInDriver, bus: beforeAdd }],
  ['disable-no-effect', { driver: notInDriver, bus: beforeAdd }],
  ['wrong-trust-flag', { driver: notInDriver, bus: beforeAdd }],
  ['shared-dma-without-bounce', { driver: notInDriver, bus: beforeAdd }],
  ['bounce-unavailable', { driver: notInDriver }],
  ['null-pool-rejected', { driver: notInDriver, bus: deviceProperty }],
  ['direct-tlb-mem-write', { driver: notInDriver, bus: deviceProperty }],
  [
    'duplicated-trust-flag',
    { driver: { wanted: ['bus'], message: 'the bus, which keeps the trust flag of each device, not the driver' } },
  ],
  ['bounce-aware-driver', { driver: bouncing }],
  ['global-dma-ops', { driver: sharedOps('driver'), bus: sharedOps('bus') }],
]);

/** The layer at which maintainers want the decision that a rule reports; null if the rule is not about such a decision. */
export function layerNote(rule: string, at: Layer | null): LayerNote | null {
  const wish = at && wishes.get(rule)?.[at];
  return wish ? { at, ...wish } : null;
}

/** A behavior that a design depends on, and the kernel profile that rejects it. */
export interface Dependence {
  readonly on: 'null-pool-direct';
  readonly rejectedBy: '7.3';
  /** One line that follows "depends on", without a full stop. */
  readonly message: string;
}

/**
 * Up to 7.2 is_swiotlb_force_bounce() is false without a pool. From 7.3 on dma_capable() refuses a private mapping while
 * force_dma_unencrypted() is true for the device.
 */
export const nullPoolDirect: Dependence = {
  on: 'null-pool-direct',
  rejectedBy: '7.3',
  message: 'direct DMA without a pool, which Linux 7.3 rejects (WARN, DMA_MAPPING_ERROR)',
};
