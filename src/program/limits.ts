/** Limits of a program, so that every run ends quickly. The JSON schema has the same limits. */
export const limits = {
  steps: 100_000,
  sgEntries: 65_536,
  lifecycleWords: 1_000,
  /** 32 GiB of bounce buffer. */
  slots: 16_777_216,
  areas: 65_536,
  /** RAM and buffer sizes: 256 TiB. */
  bytes: 281_474_976_710_656,
  /** Hexadecimal digits of a physical address: 48 bits. */
  addressDigits: 12,
  minAlignMask: 4_294_967_295,
  idLength: 256,
  /** Pages per conversion or GPADL: 64 GiB. */
  pages: 16_777_216,
  /** Mappings or ranges per packet: `MAX_PAGE_BUFFER_COUNT`. */
  packetRanges: 32,
  conditions: 10_000,
} as const;
