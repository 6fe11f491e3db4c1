import {
  cocoPlatforms,
  defaultKernelVersion,
  kernelVersions,
  scenarioBuses,
  scenariosFor,
  type KernelVersion,
  type Scenario,
} from '../engine';
import { findTree } from '../host';
import { chooseKernel } from './kernel';
import type { Arguments, OptionSpec } from './options';
import { refuse, type ExitCode } from './terminal';

export const busOption: OptionSpec = {
  name: 'bus',
  value: 'BUS',
  choices: scenarioBuses,
  help: `only scenarios for devices on this bus: ${scenarioBuses.join(', ')}`,
};

export const platformOption: OptionSpec = {
  name: 'platform',
  value: 'PLATFORM',
  choices: cocoPlatforms,
  help: `only this platform: ${cocoPlatforms.join(', ')}`,
};

/** `6.18–next`, or `all`. */
function versionText(kernels: readonly KernelVersion[]): string {
  if (kernels.length === kernelVersions.length) return 'all';
  return kernels.length > 1 ? `${kernels[0]}–${kernels.at(-1)}` : kernels.join();
}

function drawTable(list: readonly Scenario[]): string {
  const rows = [['name', 'Linux'], ...list.map(({ name, kernels }) => [name, versionText(kernels)])];
  const whats = ['description', ...list.map(({ what }) => what)];
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row, i) => {
    const cells = row.map((cell, column) => cell.padEnd(widths[column] ?? 0));
    return `${cells.join('  ')}  ${whats[i] ?? ''}\n`;
  });
  return lines.join('');
}

/** `coco-dma scenarios`: the scenarios in which device programs run. */
export function scenarios(args: Arguments): ExitCode {
  const chosen = chooseKernel(args.value('kernel') ?? defaultKernelVersion, findTree('.'));
  if ('problem' in chosen)
    return refuse(chosen, 'usage: coco-dma scenarios [--kernel VERSION] (coco-dma scenarios --help)');
  const { kernel } = chosen;
  const bus = scenarioBuses.find((each) => each === args.value('bus'));
  const platform = cocoPlatforms.find((each) => each === args.value('platform'));
  const list = scenariosFor({ kernel, extra: true, ...(bus ? { bus } : {}), ...(platform ? { platform } : {}) });
  if (args.value('format') === 'json') {
    process.stdout.write(`${JSON.stringify({ version: 1, kernel, scenarios: list }, null, 2)}\n`);
  } else if (list.length === 0) {
    process.stdout.write(`no such scenario on Linux ${kernel}\n`);
  } else {
    process.stdout.write(`${drawTable(list)}\nLinux ${kernel}. VMBus exists on none, snp-vtom and tdx only.\n`);
  }
  return 0;
}
