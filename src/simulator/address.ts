// Addresses are plain numbers below 2^53, so nothing here may use bitwise operators on them: those truncate to 32 bits.

export const pageSize = 4096;
/** `IO_TLB_SIZE`. */
export const slotSize = 2048;
/** `IO_TLB_SEGSIZE`: slots in a segment, the longest run one mapping can take. */
export const segmentSlots = 128;
export const mebibyte = 1024 * 1024;
export const gibibyte = 1024 * mebibyte;

/** The kernel's `ALIGN()`; `unit` is a power of two. */
export function alignUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}

/** `ALIGN_DOWN()`. */
export function alignDown(value: number, unit: number): number {
  return Math.floor(value / unit) * unit;
}

/** `address & mask` for a mask of up to 32 bits. */
export function maskBits(address: number, mask: number): number {
  if (mask === 0) return 0;
  // Nearly every mask is 2^n - 1, where a remainder does it.
  if (Number.isInteger(Math.log2(mask + 1))) return address % (mask + 1);
  let result = 0;
  for (let bit = 1; bit <= mask; bit *= 2) {
    if (Math.floor(mask / bit) % 2 === 1 && Math.floor(address / bit) % 2 === 1) result += bit;
  }
  return result;
}

/** `roundup_pow_of_two()`. */
export function roundUpToPowerOfTwo(value: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(value, 1)));
}

/** The allocation order of `bytes`, as `get_order()`. */
export function pageOrder(bytes: number): number {
  return Math.ceil(Math.log2(Math.max(Math.ceil(bytes / pageSize), 1)));
}

/** True when a DMA mask of `bits` bits covers the byte at `address`. */
export function maskCovers(bits: number, address: number): boolean {
  return bits >= 53 || address <= 2 ** bits - 1;
}

/** An address as `%pad` and `%pa` print it. */
export function printAddress(address: number): string {
  return `0x${address.toString(16).padStart(16, '0')}`;
}

/** A mask of `bits` bits as `%llx` prints it. */
export function printMask(bits: number): string {
  return (2n ** BigInt(bits) - 1n).toString(16);
}
