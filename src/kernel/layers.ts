/**
 * Where the decision to bounce belongs, as maintainers have said it: with the bus or the DMA core, not with a driver.
 * Christoph Hellwig, April 2025, on 20250409000835.285105-6-romank@linux.microsoft.com; Robin Murphy, 11 February 2026,
 * cc4dc4a6-2d74-49c1-bbb0-cfa44802a66b@arm.com; Leon Romanovsky, 25 March 2026, on 20260325075649.248241-1-tiala@microsoft.com.
 */

/** Who decides: a client of the DMA API, the code that registers its devices, or the code below the API. */
export type Layer = 'driver' | 'bus' | 'core';

/** The layer at which some code decides, and the one at which maintainers want the decision. */
export interface LayerNote {
  readonly at: Layer;
  readonly wanted: readonly Layer[];
  /** One line, without a full stop. */
  readonly message: string;
}

type Wish = Omit<LayerNote, 'at'>;

const belowDriver: Wish = {
  wanted: ['bus', 'core'],
  message: 'driver; the decision belongs to the bus that registers the device, or to the DMA core',
};
const beforeAdd: Wish = {
  wanted: ['bus', 'core'],
  message: 'bus code, between device_initialize() and device_add(), or the DMA core; not a driver',
};
const asksDevice: Wish = {
  wanted: ['core'],
  message: 'bus code; what is wanted is a property of the device that the DMA core asks',
};
const bouncing: Wish = { wanted: ['core'], message: 'driver; whether to bounce is for the DMA core alone to know' };
const sharedOps = (at: Layer): Wish => ({
  wanted: ['core'],
  message: `${at === 'bus' ? 'bus code' : 'driver'}; what all devices share belongs to the DMA core and the architecture`,
});

/** What is wished where a driver, or a bus, does what a rule is about; rules without an entry are about no such decision. */
const wishes: ReadonlyMap<string, Partial<Record<Layer, Wish>>> = new Map([
  ['swiotlb-reachable', { driver: belowDriver, bus: beforeAdd }],
  ['tlb-mem-reset', { driver: belowDriver, bus: beforeAdd }],
  ['tlb-mem-cleared-late', { driver: belowDriver, bus: beforeAdd }],
  ['disable-no-effect', { driver: belowDriver, bus: beforeAdd }],
  ['wrong-trust-flag', { driver: belowDriver, bus: beforeAdd }],
  ['shared-dma-without-bounce', { driver: belowDriver, bus: beforeAdd }],
  ['bounce-unavailable', { driver: belowDriver }],
  ['null-pool-rejected', { driver: belowDriver, bus: asksDevice }],
  ['direct-tlb-mem-write', { driver: belowDriver, bus: asksDevice }],
  [
    'duplicated-trust-flag',
    { driver: { wanted: ['bus'], message: 'driver; whom a device may trust is kept by its bus' } },
  ],
  ['bounce-aware-driver', { driver: bouncing }],
  ['global-dma-ops', { driver: sharedOps('driver'), bus: sharedOps('bus') }],
]);

/** What maintainers want of the layer at which a finding of a rule stands; null where the rule is about no such decision. */
export function layerNote(rule: string, at: Layer | null): LayerNote | null {
  const wish = at && wishes.get(rule)?.[at];
  return wish ? { at, ...wish } : null;
}

/** Something that a design rests on, and the kernel profile that does away with it. */
export interface Dependence {
  readonly on: 'null-pool-direct';
  readonly rejectedBy: '7.3';
  /** One line, without a full stop. */
  readonly message: string;
}

/**
 * Up to 7.2 is_swiotlb_force_bounce() is false without a pool. From 7.3 on dma_capable() refuses a private mapping while
 * force_dma_unencrypted() holds for the device.
 */
export const nullPoolDirect: Dependence = {
  on: 'null-pool-direct',
  rejectedBy: '7.3',
  message: 'NULL pool = direct DMA, which Linux 7.3 rejects: WARN + DMA_MAPPING_ERROR',
};
