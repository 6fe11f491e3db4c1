import { defaultKernelVersion, scenariosFor } from '../engine';
import { chooseTarget } from './kernel';
import type { Arguments } from './options';
import { refuse, type ExitCode } from './terminal';

const platforms: Readonly<Record<string, string>> = {
  none: 'no memory encryption: the host reads everything anyway',
  sev: 'AMD SEV, SEV-ES or SNP with the C-bit',
  'snp-vtom': 'AMD SEV-SNP with virtual top of memory, behind a paravisor (Hyper-V, OpenHCL)',
  tdx: 'Intel TDX',
  cca: 'Arm CCA realm',
};

const commandLines: Readonly<Record<string, string>> = {
  default: '',
  force: ', booted with swiotlb=force',
  noforce: ', booted with swiotlb=noforce: no bounce pool',
};

/** `coco-dma scenarios`: the machines that every device program is run on. */
export function scenarios(args: Arguments): ExitCode {
  const target = args.has('kernel') ? chooseTarget(args, '.') : { kernel: defaultKernelVersion };
  if ('problem' in target) return refuse(target, 'usage: coco-dma scenarios [--kernel VERSION]');
  const list = scenariosFor({ kernel: target.kernel });
  if (args.value('format') === 'json') {
    process.stdout.write(`${JSON.stringify({ version: 1, kernel: target.kernel, scenarios: list }, null, 2)}\n`);
    return 0;
  }
  const width = Math.max(...list.map(({ name }) => name.length));
  const rows = list.map(
    ({ name, machine: { coco, swiotlb } }) =>
      `${name.padEnd(width)}  ${platforms[coco] ?? coco}${commandLines[swiotlb] ?? ''}\n`,
  );
  process.stdout.write(`${rows.join('')}\nLinux ${target.kernel}. VMBus devices meet none, snp-vtom and tdx only.\n`);
  return 0;
}
