import type { CheckResult, KernelVersion } from '../engine';
import type { Inputs } from './inputs';

/** Joins the results of the batches of a run into one, with what could not be read among the partial results. */
export function mergeResults(
  results: readonly CheckResult[],
  inputs: Inputs,
  kernel: KernelVersion,
  milliseconds: number,
): CheckResult {
  const sum = (of: (stats: CheckResult['stats']) => number): number =>
    results.reduce((total, { stats }) => total + of(stats), 0);
  const unread = inputs.bad.map(({ file, why }) => ({ file, function: null, why }));
  return {
    version: 1,
    kernel,
    findings: results.flatMap(({ findings }) => findings),
    devices: results.flatMap(({ devices }) => devices),
    stats: {
      files: inputs.seen,
      parsed: sum(({ parsed }) => parsed),
      bytes: sum(({ bytes }) => bytes),
      functions: sum(({ functions }) => functions),
      milliseconds: Math.round(milliseconds),
      partial: [...unread, ...results.flatMap(({ stats }) => stats.partial)],
    },
  };
}
