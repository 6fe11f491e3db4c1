import { maskCovers } from './address';
import { mustBeUnencrypted } from './platform';
import type { Zone } from './pages';
import type { Device, World } from './world';

/** The zone that pages for a mask of `bits` bits are first looked for in (`dma_direct_optimal_gfp_mask()`). */
export function zoneFor(bits: number): Zone {
  if (bits <= 24) return 'dma';
  return bits <= 32 ? 'dma32' : 'normal';
}

/** `dma_coherent_ok()`: the handle takes the unencrypted form wherever DMA has to be unencrypted. */
export function coherentOk(world: World, device: Device, phys: number, size: number): boolean {
  const { platform } = world.machine;
  const dma = phys + (mustBeUnencrypted(platform, device) ? 0 : platform.encryptionBit);
  return device.coherentMask > 0 && maskCovers(device.coherentMask, dma + size - 1);
}

/** `dma_addressing_limited()`: the streaming mask is narrower than what the highest page needs. */
export function addressingLimited(world: World, device: Device): boolean {
  const bits = !device.maskPointer || device.mask === 0 ? 32 : device.mask;
  return !maskCovers(bits, 2 ** Math.ceil(Math.log2(world.machine.ram.top)) - 1);
}

/** `dma_direct_supported()`: 32 bits always do; fewer must reach the end of ZONE_DMA or of memory. */
export function maskSupported(world: World, bits: number): boolean {
  if (bits >= 32) return true;
  // The kernel compares with (max_pfn - 1) << PAGE_SHIFT.
  return maskCovers(bits, Math.min(world.machine.ram.top - 4096, 2 ** 24 - 1));
}
