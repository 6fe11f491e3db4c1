// The address space that an IOMMU translates for one device: drivers/iommu/iova.c and the page tables behind it.
import { alignDown, alignUp, pageSize } from './address';
import { assign, createIntervalMap, pieces, type IntervalMap } from './intervals';
import { findHighest } from './pages';
import type { Budget } from './memory';

/** `iovad->granule`: the smallest page the IOMMU maps. */
export const granule = pageSize;

/** Where each mapped IOVA leads, as what has to be added to it to give the physical address. */
export interface IovaDomain {
  readonly mapped: IntervalMap<number>;
  /** By limit: the search for IOVA below it begins here, where the last one ended or something above was freed. */
  readonly cached: Map<number, number>;
}

/** A domain with nothing mapped. */
export function createIovaDomain(): IovaDomain {
  return { mapped: createIntervalMap(), cached: new Map() };
}

/** An entry of the page tables costs about as much as this many slots. */
const mapCost = 20;

/** Position in the granule (`iova_offset()`). */
export function iovaOffset(address: number): number {
  return address % granule;
}

/** One past the highest IOVA that a mask of `bits` bits reaches. */
function reach(bits: number): number {
  return 2 ** Math.min(bits, 52);
}

/**
 * `iommu_dma_alloc_iova()`: `size` bytes below 4 GiB if there is room, else as high as the mask of `bits` bits allows, aligned
 * to their size; null when there is none. IOVA 0 is never given out. The per-CPU caches of freed ranges are not modelled.
 */
export function allocIova(domain: IovaDomain, size: number, bits: number, budget: Budget): number | null {
  const align = granule * 2 ** Math.ceil(Math.log2(size / granule));
  if (bits === 0) return null;
  const limits = bits > 32 ? [2 ** 32, reach(bits)] : [reach(bits)];
  for (const limit of limits) {
    const from = domain.cached.get(limit) ?? limit;
    const at =
      findHighest(domain.mapped, [granule, from], size, align, budget) ??
      findHighest(domain.mapped, [granule, limit], size, align, budget);
    if (at === null) continue;
    domain.cached.set(limit, at);
    return at;
  }
  return null;
}

/** `iommu_map()`: from now on [iova, iova + size) leads to [phys, phys + size). */
export function mapIova(domain: IovaDomain, iova: number, phys: number, size: number, budget: Budget): void {
  budget.probes -= mapCost;
  assign(domain.mapped, iova, iova + size, phys - iova);
}

/** `__iommu_dma_unmap()`: the granules of [iova, iova + size) lead nowhere. Returns whether all of them had led somewhere. */
export function unmapIova(domain: IovaDomain, iova: number, size: number): boolean {
  const start = alignDown(iova, granule);
  const end = alignUp(iova + size, granule);
  const complete = pieces(domain.mapped, start, end).every((piece) => piece.value !== undefined);
  assign(domain.mapped, start, end, undefined);
  for (const [limit, from] of domain.cached) if (end <= limit && end > from) domain.cached.set(limit, end);
  return complete;
}

/** `iommu_iova_to_phys()`; null where nothing is mapped. */
export function iovaToPhys(domain: IovaDomain, iova: number): number | null {
  const shift = pieces(domain.mapped, iova, iova + 1)[0]?.value;
  return shift === undefined ? null : iova + shift;
}
