// iommu-dma: drivers/iommu/dma-iommu.c. It never looks at `force_bounce`.
import { alignDown, alignUp } from './address';
import {
  isActive,
  mapEach,
  maxBounceSize,
  tblMapSingle,
  unbounce,
  type Buffer,
  type MapAttributes,
  type MapOutcome,
  type UnmapOutcome,
} from './bounce';
import { allocIova, granule, iovaOffset, iovaToPhys, mapIova, unmapIova, type IovaDomain } from './iova';
import { writeContent, zero } from './memory';
import { allocPages, allocScattered, freePages, freeScattered } from './pages';
import { print, printOnce, type Allocation, type Device, type MappedBuffer, type World } from './world';
import type { MapCall } from './direct';
import type { DmaDirection } from '../program/types';

/** A device that an IOMMU translates for. */
export interface TranslatedDevice extends Device {
  readonly iommu: IovaDomain;
}

/** `use_dma_iommu()`. */
export function isTranslated(device: Device): device is TranslatedDevice {
  return device.iommu !== null;
}

/** `dma_get_mask()`: 32 bits where nobody set a mask. */
export function streamingBits(device: Device): number {
  return device.mask === 0 ? 32 : device.mask;
}

/** Maps whole granules around [phys, phys + size); null when the device's address space has no room. */
function mapRange(world: World, device: TranslatedDevice, phys: number, size: number, bits: number): number | null {
  const offset = iovaOffset(phys);
  const bytes = alignUp(size + offset, granule);
  const iova = allocIova(device.iommu, bytes, bits, world.budget);
  if (iova === null) return null;
  mapIova(device.iommu, iova, phys - offset, bytes, world.budget);
  return iova + offset;
}

/** `__iommu_dma_map()`: as {@link mapRange}, but first looks at the device's alignment where the kernel does. */
function mapChecked(world: World, device: TranslatedDevice, phys: number, size: number, bits: number): number | null {
  if (!world.machine.platform.profile.iommuChecksAlignment || device.minAlignMask < granule) {
    return mapRange(world, device, phys, size, bits);
  }
  printOnce(world, 'iommu-alignment', 'Unsupported alignment constraint');
  return null;
}

/**
 * Zeroes what the device would see of the granules around its buffer. 6.1 takes the buffer itself for padding when the
 * device is only to write, so that what it leaves out is lost at the unmap.
 */
function clearPadding(world: World, address: number, size: number, dir: DmaDirection, skipSync: boolean): void {
  const { memory, machine } = world;
  if (machine.platform.profile.iommuClearsBuffer) {
    const kept = !skipSync && dir !== 'from_device' ? size : 0;
    writeContent(memory, address + kept, alignUp(size, granule) - kept, zero);
    return;
  }
  const start = alignDown(address, granule);
  const end = alignUp(address + size, granule);
  writeContent(memory, start, address - start, zero);
  writeContent(memory, address + size, end - (address + size), zero);
}

/** `iommu_dma_map_page()` (6.1, 6.12) and `iommu_dma_map_phys()`: bounces what an untrusted device has not to itself. */
export function mapBuffer(
  world: World,
  device: TranslatedDevice,
  buffer: Buffer,
  dir: DmaDirection,
  { attributes }: MapCall,
): MapOutcome {
  const { phys, size } = buffer;
  const bounces = device.untrusted && iovaOffset(phys) + iovaOffset(size) > 0;
  if (!bounces) {
    const dma = mapChecked(world, device, phys, size, streamingBits(device));
    return dma === null ? null : { phys, size, dma, bounce: null };
  }
  if (attributes.has('mmio') || attributes.has('require_coherent')) return null;
  if (!isActive(device)) {
    const text = 'DMA bounce buffers are inactive, unable to map unaligned transaction.';
    printOnce(world, 'iommu-inactive', text);
    return null;
  }
  const bounced = tblMapSingle(world, device, buffer, granule - 1, attributes);
  if (bounced === null) return null;
  const { address } = bounced;
  clearPadding(world, address, size, dir, attributes.has('skip_cpu_sync'));
  const dma = mapChecked(world, device, address, size, streamingBits(device));
  if (dma !== null) return { phys, size, dma, bounce: bounced };
  unbounce(world, device, address, size, dir, attributes.has('skip_cpu_sync'));
  return null;
}

/** Device memory: `iommu_dma_map_resource()` until 6.17, later `iommu_dma_map_phys()` with DMA_ATTR_MMIO. */
export function mapResource(
  world: World,
  device: TranslatedDevice,
  buffer: Buffer,
  dir: DmaDirection,
  attributes: MapAttributes,
): MapOutcome {
  if (world.machine.platform.profile.mapRules !== 'page') {
    const mmio = new Set([...attributes, 'mmio' as const]);
    return mapBuffer(world, device, buffer, dir, { caller: 'page', attributes: mmio });
  }
  const dma = mapChecked(world, device, buffer.phys, buffer.size, streamingBits(device));
  return dma === null ? null : { ...buffer, dma, bounce: null };
}

/**
 * `iommu_dma_map_sg()`: one run of IOVA for the whole list, or each entry by itself for an untrusted device
 * (`iommu_dma_map_sg_swiotlb()`).
 */
export function mapSg(
  world: World,
  device: TranslatedDevice,
  buffers: readonly Buffer[],
  dir: DmaDirection,
  attributes: MapAttributes,
): MappedBuffer[] | null {
  if (device.untrusted) {
    return mapEach(
      buffers,
      (buffer) => mapBuffer(world, device, buffer, dir, { caller: 'sg', attributes }),
      (mapped) => unmapBuffer(world, device, mapped, dir, true),
    );
  }
  const whole = (buffer: Buffer): number => alignUp(iovaOffset(buffer.phys) + buffer.size, granule);
  const bytes = buffers.reduce((sum, buffer) => sum + whole(buffer), 0);
  const iova = allocIova(device.iommu, bytes, streamingBits(device), world.budget);
  if (iova === null) return null;
  let at = iova;
  return buffers.map((buffer) => {
    const offset = iovaOffset(buffer.phys);
    mapIova(device.iommu, at, buffer.phys - offset, whole(buffer), world.budget);
    const mapped = { ...buffer, dma: at + offset, bounce: null };
    at += whole(buffer);
    return mapped;
  });
}

/** `iommu_dma_unmap_page()` and `iommu_dma_unmap_phys()`: finds by the page tables what to undo. */
export function unmapBuffer(
  world: World,
  device: TranslatedDevice,
  { dma, size }: { readonly dma: number; readonly size: number },
  dir: DmaDirection,
  skipCpuSync: boolean,
): UnmapOutcome {
  const phys = iovaToPhys(device.iommu, dma);
  if (phys === null) {
    const call = world.machine.platform.profile.mapRules === 'page' ? 'iommu_dma_unmap_page' : 'iommu_dma_unmap_phys';
    print(world, `WARNING: at drivers/iommu/dma-iommu.c ${call}(): !phys`);
    return { copied: 0, released: false };
  }
  unmapWhole(world, device, dma, size);
  return unbounce(world, device, phys, size, dir, skipCpuSync);
}

/** `__iommu_dma_unmap()`: what it does to device memory and allocations. */
export function unmapWhole(world: World, device: TranslatedDevice, dma: number, size: number): void {
  if (unmapIova(device.iommu, dma, size)) return;
  print(world, 'WARNING: at drivers/iommu/dma-iommu.c __iommu_dma_unmap(): unmapped != size');
}

/** `iommu_dma_max_mapping_size()`. */
export function maxMappingSize(device: TranslatedDevice): number | 'SIZE_MAX' {
  return device.untrusted ? maxBounceSize(device) : 'SIZE_MAX';
}

/**
 * `iommu_dma_alloc()`, `iommu_dma_alloc_noncontiguous()` (both `scattered` where they may sleep) and `dma_common_alloc_pages()`:
 * private memory, never converted. Null when there is none, or no IOVA that a mask of `bits` bits reaches.
 */
export function allocTranslated(
  world: World,
  device: TranslatedDevice,
  wanted: number,
  scattered: boolean,
  bits: number,
): Pick<Allocation, 'phys' | 'size' | 'translated'> | null {
  const size = alignUp(wanted, granule);
  const phys = scattered ? allocScattered(world.pages, size) : allocPages(world.pages, size, 'normal');
  if (phys === null) return null;
  writeContent(world.memory, phys, size, zero);
  // Who stitches pages together asks for the IOVA himself, past the look at the device's alignment.
  const iova = scattered ? mapRange(world, device, phys, size, bits) : mapChecked(world, device, phys, size, bits);
  if (iova !== null) return { phys, size, translated: { iova, scattered } };
  releasePages(world, phys, size, scattered);
  return null;
}

function releasePages(world: World, phys: number, size: number, scattered: boolean): void {
  if (scattered) freeScattered(world.pages, phys, size);
  else freePages(world.pages, phys, size);
}

/** `iommu_dma_free()` and its siblings. */
export function freeTranslated(world: World, device: TranslatedDevice, allocation: Allocation): void {
  const { phys, size, translated } = allocation;
  if (translated === null) return;
  unmapWhole(world, device, translated.iova, size);
  releasePages(world, phys, size, translated.scattered);
}
