import type { ContractRule, SimulationTrace } from '../simulator';

/** The complaint of the first step that broke one of `rules`, or null. */
export function brokenContract(trace: SimulationTrace, rules: readonly ContractRule[]): string | null {
  const broken = trace.steps.flatMap((step) => step.contract).find(({ rule }) => rules.includes(rule));
  return broken?.message ?? null;
}

/** What the host can read after the last step and could not before it, in words, or null. */
export function exposedAtEnd(trace: SimulationTrace): string | null {
  const bytes = trace.steps.at(-1)?.result.exposedBytes ?? 0;
  return bytes > 0 ? `${bytes} private bytes readable by the host` : null;
}
