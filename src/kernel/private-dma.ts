/** What a tree says about private DMA: a property that decides it, no such property, or no definition of the test. */
export type PrivateDma = 'property' | 'none' | 'unknown';

/** Where architectures with confidential guests define `force_dma_unencrypted()`. */
export const unencryptedTestFiles: readonly string[] = [
  'arch/x86/mm/mem_encrypt.c',
  'arch/arm64/include/asm/mem_encrypt.h',
  'arch/s390/mm/init.c',
  'arch/powerpc/include/asm/mem_encrypt.h',
];

/** What {@link asksDevice} looks for: the function with its parameter, and the answer for every device of a guest. */
const definition = /\bforce_dma_unencrypted\s*\(\s*struct\s+device\s*\*\s*(\w+)\s*\)\s*\{([^]*?)^\}/m;
const guestAnswer = /\bif\s*\(\s*cc_platform_has\s*\(\s*CC_ATTR_GUEST_MEM_ENCRYPT\s*\)\s*\)\s*\{?\s*return\s+true\s*;/;

/**
 * True if the `force_dma_unencrypted()` of a source uses its device before it returns true for every device of a guest, as
 * x86 does; null without a definition.
 */
function asksDevice(text: string): boolean | null {
  const [, device, body = ''] = definition.exec(text.replace(/\/\*[^]*?\*\/|\/\/.*$/gm, ' ')) ?? [];
  if (device === undefined) return null;
  const [beforeAnswer = ''] = body.split(guestAnswer);
  return new RegExp(`\\b${device}\\b`).test(beforeAnswer);
}

/** What the sources of {@link unencryptedTestFiles} that exist say together. */
export function privateDmaOf(texts: readonly string[]): PrivateDma {
  const answers = texts.map(asksDevice).filter((answer) => answer !== null);
  if (answers.length === 0) return 'unknown';
  return answers.includes(true) ? 'property' : 'none';
}
