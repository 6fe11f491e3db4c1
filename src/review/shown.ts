import type { ContractRule, SimulationTrace } from '../simulator';

/** Contract rules whose messages are those of the kernel's DMA-API debugging (`kernel/dma/debug.c`). */
const debugged: ReadonlySet<ContractRule> = new Set([
  'map-stack',
  'map-overlap',
  'unmap-not-mapped',
  'unmap-failed-mapping',
  'unmap-wrong-size',
  'unmap-wrong-direction',
  'unmap-wrong-count',
  'map-error-unchecked',
]);

/** The message of the first step that broke one of `rules`, quoted if it is the kernel's own; or null. */
export function brokenContract(trace: SimulationTrace, rules: readonly ContractRule[]): string | null {
  const broken = trace.steps.flatMap((step) => step.contract).find(({ rule }) => rules.includes(rule));
  if (!broken) return null;
  if (debugged.has(broken.rule)) return `DMA-API debug: "${broken.message}"`;
  return broken.rule === 'map-vmalloc' ? `kernel log: "${broken.message}"` : broken.message;
}

/** The private bytes that only the last step made readable to the host, in words; or null. */
export function exposedAtEnd(trace: SimulationTrace): string | null {
  const bytes = trace.steps.at(-1)?.result.exposedBytes ?? 0;
  return bytes > 0 ? `${bytes} private bytes readable by the host` : null;
}
