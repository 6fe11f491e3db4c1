import { addressingLimited } from './addressing';
import {
  capable,
  isActive,
  isForceBounce,
  mapEach,
  maskReaches,
  maxBounceSize,
  overflowText,
  swiotlbMap,
  unbounce,
  type Buffer,
  type MapAttributes,
  type MapOutcome,
  type UnmapOutcome,
} from './bounce';
import { dmaToPhys, mustBeUnencrypted, physToDma } from './platform';
import { printOnce, type Device, type MappedBuffer, type World } from './world';
import type { DmaDirection } from '../program/types';

function direct(buffer: Buffer, dma: number): MappedBuffer {
  return { phys: buffer.phys, size: buffer.size, dma, bounce: null };
}

/**
 * The call a buffer comes from. Up to 7.2 the decision is an inline function, so each caller has its own copy of the warning
 * that prints once.
 */
export interface MapCall {
  readonly caller: 'page' | 'sg';
  readonly attributes: MapAttributes;
}

function overflow(world: World, device: Device, dma: number, size: number, call: MapCall): null {
  const copy = world.machine.platform.profile.mapRules === 'tracked' ? '' : `-${call.caller}`;
  printOnce(world, `dma-overflow${copy}`, overflowText(device, 'DMA', dma, size));
  return null;
}

/** The rest of every version: direct where the device can reach the buffer, else bounced where there is a pool. */
function mapRam(world: World, device: Device, buffer: Buffer, dma: number, call: MapCall): MapOutcome {
  const { attributes } = call;
  if (capable(world, device, dma, buffer.size, attributes.has('cc_shared'))) return direct(buffer, dma);
  if (isActive(device) && !attributes.has('require_coherent')) {
    return swiotlbMap(world, device, buffer, attributes);
  }
  return overflow(world, device, dma, buffer.size, call);
}

/** MMIO takes the physical address as it is, or fails. */
function mapMmio(world: World, device: Device, buffer: Buffer, call: MapCall): MapOutcome {
  if (maskReaches(device, buffer.phys, buffer.size)) return direct(buffer, buffer.phys);
  return overflow(world, device, buffer.phys, buffer.size, call);
}

/** 6.1 to 7.0: a forced pool comes first. */
function mapPhys(world: World, device: Device, buffer: Buffer, call: MapCall): MapOutcome {
  const { attributes } = call;
  if (isForceBounce(device)) {
    return attributes.has('mmio') ? null : swiotlbMap(world, device, buffer, attributes);
  }
  if (attributes.has('mmio')) return mapMmio(world, device, buffer, call);
  return mapRam(world, device, buffer, physToDma(world.machine.platform, buffer.phys), call);
}

/** 7.1: memory the caller has shared (DMA_ATTR_CC_SHARED) is not bounced, and wants a device that has to bounce. */
function mapPhysCcShared(world: World, device: Device, buffer: Buffer, call: MapCall): MapOutcome {
  const { attributes } = call;
  const shared = attributes.has('cc_shared');
  if (isForceBounce(device)) {
    if (!shared) {
      if (attributes.has('mmio') || attributes.has('require_coherent')) return null;
      return swiotlbMap(world, device, buffer, attributes);
    }
  } else if (shared) {
    return null;
  }
  if (attributes.has('mmio') || shared) return mapMmio(world, device, buffer, call);
  return mapRam(world, device, buffer, physToDma(world.machine.platform, buffer.phys), call);
}

/** 7.3: the address follows the memory's state, and so does `dma_capable()`; device memory is no exception. */
function mapPhysTracked(world: World, device: Device, buffer: Buffer, call: MapCall): MapOutcome {
  const { attributes } = call;
  if (isForceBounce(device)) {
    if (attributes.has('mmio') || attributes.has('require_coherent')) return null;
    return swiotlbMap(world, device, buffer, attributes);
  }
  const shared = attributes.has('cc_shared');
  const dma = shared ? buffer.phys : physToDma(world.machine.platform, buffer.phys);
  if (!attributes.has('mmio')) return mapRam(world, device, buffer, dma, call);
  if (capable(world, device, dma, buffer.size, shared)) return direct(buffer, dma);
  return overflow(world, device, dma, buffer.size, call);
}

/** `dma_direct_map_page()` (6.1, 6.12) and `dma_direct_map_phys()`: one buffer, by the rules of the kernel's version. */
export function mapBuffer(world: World, device: Device, buffer: Buffer, call: MapCall): MapOutcome {
  const { mapRules } = world.machine.platform.profile;
  if (mapRules === 'tracked') return mapPhysTracked(world, device, buffer, call);
  if (mapRules === 'cc-shared') return mapPhysCcShared(world, device, buffer, call);
  return mapPhys(world, device, buffer, call);
}

/** `dma_direct_map_resource()` (6.1, 6.12), which never bounces; later `dma_direct_map_phys()` with DMA_ATTR_MMIO. */
export function mapResource(world: World, device: Device, buffer: Buffer, attributes: MapAttributes): MapOutcome {
  if (world.machine.platform.profile.mapRules !== 'page') {
    return mapBuffer(world, device, buffer, { caller: 'page', attributes: new Set([...attributes, 'mmio' as const]) });
  }
  if (maskReaches(device, buffer.phys, buffer.size)) return direct(buffer, buffer.phys);
  printOnce(world, 'resource-overflow', overflowText(device, 'DMA', buffer.phys, buffer.size));
  printOnce(world, 'resource-warning', 'WARNING: at kernel/dma/direct.c dma_direct_map_resource(): 1');
  return null;
}

/** `dma_direct_unmap_page()`: recomputes from the device's pool of this moment whether there is anything to undo. */
export function unmapBuffer(
  world: World,
  device: Device,
  buffer: { readonly dma: number; readonly size: number },
  dir: DmaDirection,
  skipCpuSync: boolean,
): UnmapOutcome {
  return unbounce(world, device, dmaToPhys(world.machine.platform, buffer.dma), buffer.size, dir, skipCpuSync);
}

/** `dma_direct_map_sg()`: each entry by itself; null when one fails, with the earlier ones unmapped again. */
export function mapSg(
  world: World,
  device: Device,
  buffers: readonly Buffer[],
  dir: DmaDirection,
  attributes: MapAttributes,
): MappedBuffer[] | null {
  return mapEach(
    buffers,
    (buffer) => mapBuffer(world, device, buffer, { caller: 'sg', attributes }),
    (mapped) => unmapBuffer(world, device, mapped, dir, true),
  );
}

/** `dma_direct_max_mapping_size()`. */
export function maxMappingSize(world: World, device: Device): number | 'SIZE_MAX' {
  const { platform } = world.machine;
  const unencrypted = platform.profile.capableChecksEncryption && mustBeUnencrypted(platform, device);
  const mayBounce = addressingLimited(world, device) || isForceBounce(device) || unencrypted;
  return isActive(device) && mayBounce ? maxBounceSize(device) : 'SIZE_MAX';
}
