import type { SimulatedDevice } from '../../src/engine';
import { conditionText, groupOutcomes, sameOutcome, simulationTotals } from '../../src/report';

/** Escapes the characters that markdown would interpret; an underscore within a word is not one of them. */
const escape = (text: string): string => text.replace(/[\\<&`*[\]]|(?<!\w)_|_(?!\w)/g, '\\$&');

/** One outcome: the verdict, the configurations that have it, and what happens in them. */
function outcomes({ worlds }: SimulatedDevice): string[] {
  return groupOutcomes(worlds).map(({ verdict, where, lines }) => {
    const steps = lines.map((line) => `${line.startsWith(' ') ? '  ' : ''}- ${escape(line.trim())}`);
    return [`**${verdict}** ${escape(where)}`, '', ...steps].join('\n');
  });
}

function section(device: SimulatedDevice, programs: number): string {
  const { expression, type, line, function: name, when } = device;
  const parts = [
    `## \`${expression}\``,
    `\`${type}\`, line ${line} in \`${name}()\`${when.length > 0 ? `, when ${escape(conditionText(when))}` : ''}`,
    ...outcomes(device),
  ];
  if (programs > 1) parts.push(`*${sameOutcome(programs)}.*`);
  return parts.join('\n\n');
}

/** Device paths with the same text, joined. */
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

/** A simulation as a page: each device with its outcome in every configuration, the worst first. */
export function simulationMarkdown(title: string, devices: readonly SimulatedDevice[], kernel: string): string {
  const { scope, result, exposes } = simulationTotals(devices, kernel);
  const total = `${scope} · ${exposes ? `**${result}**` : result}`;
  const sections = alike(devices).map(({ device, programs }) => section(device, programs));
  return [`# ${title}`, total, ...sections, legend].join('\n\n') + '\n';
}

const legend = `---

A configuration is a platform, its \`swiotlb=\` option or another setting, and the kind of device that the host offers.
*exposed*: the host can read private data of a confidential device. *broken*: I/O fails. *protected*: the data stays private.
*shared by design*: the device is not confidential, so its data passes through memory that the host can read. A *ring-only*
device is one whose ring buffer alone is confidential.`;
