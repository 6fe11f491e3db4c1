import type { CheckResult, KernelVersion } from '../engine';
import type { Inputs } from './inputs';

/**
 * The result of the whole run: what the engine found, over all files that were looked at, with those that could not be read
 * among the partial results. Null stands for a run in which nothing had to be analysed.
 */
export function summarise(
  analysed: CheckResult | null,
  { seen, bad }: Inputs,
  kernel: KernelVersion,
  milliseconds: number,
): CheckResult {
  const unread = bad.map(({ file, why }) => ({ file, function: null, why }));
  const stats = { files: seen, milliseconds: Math.round(milliseconds) };
  if (analysed === null) {
    const nothing = { parsed: 0, bytes: 0, functions: 0, partial: unread };
    return { version: 1, kernel, findings: [], devices: [], stats: { ...nothing, ...stats }, comments: [] };
  }
  return { ...analysed, stats: { ...analysed.stats, ...stats, partial: [...unread, ...analysed.stats.partial] } };
}
