import type { Finding } from '../review/types';

/** How platforms are called in prose; scenario names start with the platform's id. */
const platformNames: Readonly<Record<string, string>> = {
  none: 'no CoCo',
  sev: 'SEV',
  'snp-vtom': 'SNP vTOM',
  tdx: 'TDX',
  cca: 'CCA',
};

/** The platforms of scenarios, in words. */
export function platforms(scenarios: readonly string[]): string {
  const ids = scenarios.map((scenario) => scenario.split('/')[0] ?? scenario);
  return [...new Set(ids)].map((id) => platformNames[id] ?? id).join(', ');
}

/** Kernel profiles as ranges: `Linux 6.19 to 7.1`. `order` lists all profiles, oldest first. */
export function kernelRange(kernels: readonly string[], order: readonly string[]): string {
  const indices = kernels.map((kernel) => order.indexOf(kernel)).sort((a, b) => a - b);
  const runs: [number, number][] = [];
  for (const index of indices) {
    const last = runs.at(-1);
    if (last && index === last[1] + 1) last[1] = index;
    else runs.push([index, index]);
  }
  const name = (index: number): string => order[index] ?? '?';
  return `Linux ${runs.map(([from, to]) => (from === to ? name(from) : `${name(from)} to ${name(to)}`)).join(', ')}`;
}

/** Where a finding holds: path condition, platforms and kernels; null when nothing is known of it. */
export function describeExtent({ conditions, holds }: Finding, kernelOrder: readonly string[]): string | null {
  const parts = [...conditions];
  if (holds && holds.scenarios.length > 0) parts.push(platforms(holds.scenarios));
  if (holds && holds.kernels.length > 0) parts.push(kernelRange(holds.kernels, kernelOrder));
  return parts.length > 0 ? parts.join(' · ') : null;
}
