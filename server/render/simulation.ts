import type { SimulatedDevice } from '../../src/engine';
import { count, groupOutcomes } from '../../src/report';
import { worldNames } from '../../src/report/worlds';

/** Keeps markdown from reading a text; an underscore within a word is none of its signs. */
const escape = (text: string): string => text.replace(/[\\<&`*[\]]|(?<!\w)_|_(?!\w)/g, '\\$&');

/** One outcome: the verdict, the worlds that end so, and what happens in them. */
function outcomes({ worlds }: SimulatedDevice): string[] {
  return groupOutcomes(worlds).map(({ names, world, lines }) => {
    const steps = lines.map((line) => `${line.startsWith(' ') ? '  ' : ''}- ${escape(line.trim())}`);
    return [`**${world.verdict.replace('-', ' ')}** in ${escape(worldNames(names))}`, '', ...steps].join('\n');
  });
}

function section(device: SimulatedDevice, programs: number): string {
  const { expression, type, line, function: name, when } = device;
  const parts = [
    `## \`${expression}\``,
    `\`${type}\`, line ${line} in \`${name}()\`${when.length > 0 ? `, when ${when.map((c) => `\`${c}\``).join(' and ')}` : ''}`,
    ...outcomes(device),
  ];
  if (programs > 1) parts.push(`*${programs} programs that end alike.*`);
  return parts.join('\n\n');
}

/** Devices whose programs read the same, told once. */
function alike(devices: readonly SimulatedDevice[]): { device: SimulatedDevice; programs: number }[] {
  const groups = new Map<string, { device: SimulatedDevice; programs: number }>();
  for (const device of devices) {
    const key = section(device, 1);
    const group = groups.get(key);
    if (group) group.programs++;
    else groups.set(key, { device, programs: 1 });
  }
  return [...groups.values()];
}

/** A simulation as a page: each device, and what every world makes of it, worst first. */
export function simulationMarkdown(title: string, devices: readonly SimulatedDevice[], kernel: string): string {
  const worlds = devices.flatMap((device) => device.worlds);
  const exposed = worlds.filter(({ verdict }) => verdict === 'exposed').length;
  const total = `${count(devices.length, 'program')} in ${count(worlds.length, 'world')} · Linux ${kernel} · ${
    exposed > 0 ? `**${exposed} expose private data**` : 'none exposes private data'
  }`;
  const sections = alike(devices).map(({ device, programs }) => section(device, programs));
  return [`# ${title}`, total, ...sections, legend].join('\n\n') + '\n';
}

const legend = `---

A world is a platform, its \`swiotlb=\` command line, and what the host offers: \`{snp-vtom,tdx}/default confidential\` is the
confidential device on SNP vTOM and on TDX. *exposed*: the host can read private bytes of a device that was to be trusted.
*broken*: I/O fails. *protected*: it stays private. *not confidential*: an ordinary device, whose data is shared on purpose.`;
