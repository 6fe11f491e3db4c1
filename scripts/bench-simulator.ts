// Benchmarks of the simulator: programs like those of the analysis, and the I/O of whole drivers.
import { kernelVersions } from '../src/kernel/versions';
import { drivers, trafficOf } from '../src/program/traffic';
import type { ChannelFlags, DmaProgram, Machine, Step } from '../src/program/types';
import { runProgram, scenariosFor, simulate } from '../src/simulator';

const flags: readonly ChannelFlags[] = [
  { ring: true, external: true },
  { ring: true, external: false },
  { ring: false, external: false },
];

/** A device as VMBus registers it, and the steps of its driver. */
function programOn(machine: Machine, channel: ChannelFlags, driver: readonly Step[]): DmaProgram {
  return {
    version: 1,
    machine,
    steps: [
      { op: 'device', id: 'd0', lifecycle: ['zeroed'], channel },
      { op: 'dma_set_mask', device: 'd0', bits: 64 },
      { op: 'lifecycle', device: 'd0', do: 'device_register' },
      ...driver,
    ],
  };
}

const onePage: readonly Step[] = [
  { op: 'dma_map_page', id: 'm0', device: 'd0', phys: '0x120000000', offset: 0, size: 4096, dir: 'to_device' },
];

/** Runs the program of one device in every configuration. */
export function allWorlds(): void {
  for (const { machine } of scenariosFor({ kernel: '7.1', bus: 'vmbus' })) {
    for (const channel of flags) simulate(programOn(machine, channel, onePage));
  }
}

/** Programs that map one page, and programs of whole drivers, for every machine and kernel. */
const programs: Readonly<Record<string, readonly DmaProgram[]>> = {
  'of one page': everywhere(() => onePage),
  ...Object.fromEntries(
    drivers.map((driver) => [
      `of ${driver}`,
      everywhere(({ coco, kernel }) => trafficOf(driver, { device: 'd0', isolated: coco !== 'none', kernel })),
    ]),
  ),
};

function everywhere(driver: (machine: Machine) => readonly Step[]): DmaProgram[] {
  const machines = kernelVersions.flatMap((kernel) => scenariosFor({ kernel, bus: 'vmbus' }));
  return machines.flatMap(({ machine }) => flags.map((channel) => programOn(machine, channel, driver(machine))));
}

/** Long enough for a stable figure. */
const measured = 1000;

/** Runs each set of programs for about a second and returns the programs per second. */
export function programsPerSecond(): Map<string, number> {
  const rates = new Map<string, number>();
  for (const [name, set] of Object.entries(programs)) {
    set.forEach((program) => runProgram(program));
    const started = performance.now();
    let ran = 0;
    while (performance.now() - started < measured) {
      set.forEach((program) => runProgram(program));
      ran += set.length;
    }
    rates.set(name, (ran * 1000) / (performance.now() - started));
  }
  return rates;
}
