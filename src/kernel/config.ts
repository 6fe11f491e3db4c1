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

/** Builds in restricted DMA pools, for which every coherent allocation reads through the device's pool pointer. */
export const restrictedPoolSymbol = 'CONFIG_DMA_RESTRICTED_POOL';

/** Which symbols are set; the answer for one that nothing is known of is undefined. */
export interface Symbols {
  get(name: string): boolean | undefined;
  /** Nothing decides an `#if`, not even a `#define` of the file itself: both arms are wanted. */
  readonly everyArm?: boolean;
}

/** Nothing is known of any symbol, and both arms of every `#if` are read. */
export const everyArm: Symbols = { get: () => undefined, everyArm: true };

/** Tests of a symbol in an expression, by the name of the macro (`include/linux/kconfig.h`). A module counts as enabled. */
export const symbolTests: ReadonlySet<string> = new Set(['IS_ENABLED', 'IS_BUILTIN', 'IS_REACHABLE']);

/** True for a text that is a kernel's `.config`, whole or in part. */
export function isKconfig(text: string): boolean {
  return /^(?:# )?CONFIG_\w+(?:=| is not set)/m.test(text);
}

/**
 * The symbols of a kernel's `.config`: set to y or m, or to a text or number, is on; what the file does not set is off, as
 * Kconfig leaves out what its dependencies rule out.
 */
export function symbolsOf(kconfig: string): Symbols {
  const set = new Set<string>();
  for (const [, name = '', value = ''] of kconfig.matchAll(/^(CONFIG_\w+)=(.*)$/gm))
    if (value.trim() !== 'n') set.add(name);
  return { get: (name) => (name.startsWith('CONFIG_') ? set.has(name) : fixedSymbols.get(name)) };
}
