/** Configuration symbols that a kernel for confidential VMs on Hyper-V has, so that `#if` on them is decided. */
export const fixedSymbols: ReadonlyMap<string, boolean> = new Map([
  ['CONFIG_SWIOTLB', true],
  ['CONFIG_HYPERV', true],
  ['CONFIG_HAS_DMA', true],
  ['CONFIG_64BIT', true],
  ['CONFIG_X86_64', true],
  ['CONFIG_MMU', true],
  ['CONFIG_PM', true],
  ['CONFIG_PM_SLEEP', true],
  ['__KERNEL__', true],
  ['__cplusplus', false],
]);
