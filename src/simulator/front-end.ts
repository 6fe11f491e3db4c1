// kernel/dma/mapping.c: which of dma-direct and iommu-dma serves a device.
import * as direct from './direct';
import * as iommu from './iommu';
import { iovaToPhys } from './iova';
import { dmaToPhys } from './platform';
import type { Buffer, MapAttributes, MapOutcome, UnmapOutcome } from './bounce';
import type { MapCall } from './direct';
import type { Device, MappedBuffer, Mapping, World } from './world';
import type { DmaDirection } from '../program/types';

/** `dma_map_page()` and `dma_map_phys()`, past the tests that do not depend on who serves the device. */
export function mapBuffer(world: World, device: Device, buffer: Buffer, dir: DmaDirection, call: MapCall): MapOutcome {
  if (!iommu.isTranslated(device)) return direct.mapBuffer(world, device, buffer, call);
  return refusesShared(call.attributes) ? null : iommu.mapBuffer(world, device, buffer, dir, call);
}

/** Only dma-direct takes memory that the caller has shared; nothing asks this of a scatterlist. */
function refusesShared(attributes: MapAttributes): boolean {
  return attributes.has('cc_shared');
}

/** `dma_map_resource()`. */
export function mapResource(
  world: World,
  device: Device,
  buffer: Buffer,
  dir: DmaDirection,
  attributes: MapAttributes,
): MapOutcome {
  if (!iommu.isTranslated(device)) return direct.mapResource(world, device, buffer, attributes);
  return refusesShared(attributes) ? null : iommu.mapResource(world, device, buffer, dir, attributes);
}

/** `dma_map_sg()`. */
export function mapSg(
  world: World,
  device: Device,
  buffers: readonly Buffer[],
  dir: DmaDirection,
  attributes: MapAttributes,
): MappedBuffer[] | null {
  if (!iommu.isTranslated(device)) return direct.mapSg(world, device, buffers, dir, attributes);
  return iommu.mapSg(world, device, buffers, dir, attributes);
}

/** Undoes the mapping of one buffer, with the size and the attributes that the driver passes. */
export function unmapBuffer(
  world: World,
  { device, kind }: Mapping,
  buffer: { readonly dma: number; readonly size: number },
  dir: DmaDirection,
  attributes: MapAttributes,
): UnmapOutcome {
  const nothing: UnmapOutcome = { copied: 0, released: false };
  const neverBounced = kind === 'resource' || attributes.has('mmio') || attributes.has('require_coherent');
  const skipCpuSync = attributes.has('skip_cpu_sync');
  if (!iommu.isTranslated(device)) {
    return neverBounced ? nothing : direct.unmapBuffer(world, device, buffer, dir, skipCpuSync);
  }
  if (!neverBounced && (kind === 'page' || device.untrusted)) {
    return iommu.unmapBuffer(world, device, buffer, dir, skipCpuSync);
  }
  iommu.unmapWhole(world, device, buffer.dma, buffer.size);
  return nothing;
}

/** The physical address that a device reaches at DMA address `dma`; null where its IOMMU leads nowhere. */
export function reachedAt(world: World, device: Device, dma: number): number | null {
  return device.iommu === null ? dmaToPhys(world.machine.platform, dma) : iovaToPhys(device.iommu, dma);
}

/** `dma_max_mapping_size()`. */
export function maxMappingSize(world: World, device: Device): number | 'SIZE_MAX' {
  if (!device.maskPointer && world.machine.platform.profile.maxMappingNeedsMask) return 0;
  return iommu.isTranslated(device) ? iommu.maxMappingSize(device) : direct.maxMappingSize(world, device);
}
