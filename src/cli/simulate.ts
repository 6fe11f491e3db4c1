import { existsSync } from 'node:fs';
import type { CheckRequest, SimulatedDevice } from '../engine';
import { answer, createContext, createTexts, failureText } from '../host';
import { drawSimulation, listed, nothingToSimulate } from '../report';
import { startEngine } from './engine';
import type { Arguments } from './options';
import { settle } from './settings';
import { choosePainter, emit, noInputFiles, refuse, say, type ExitCode } from './terminal';

const usage = 'usage: coco-dma simulate FILE[:LINE] (coco-dma simulate --help)';

/** Splits `FILE:LINE`, unless a file of that name exists. */
function splitPlace(place: string): { file: string; line: number | null } {
  const match = /^(.+):(\d+)$/.exec(place);
  if (!match || existsSync(place)) return { file: place, line: null };
  return { file: match[1] ?? '', line: Number(match[2]) };
}

/** True if a device is registered or used on a line, or its program has a step there. */
function touchesLine(device: SimulatedDevice, line: number): boolean {
  const steps = device.worlds[0]?.program.steps ?? [];
  return device.line === line || steps.some(({ at }) => at?.file === device.file && at.line === line);
}

/** Narrows the programs of a file to a line and a device, or returns why none is left. */
function select(
  devices: readonly SimulatedDevice[],
  line: number | null,
  expression: string | undefined,
): SimulatedDevice[] | string {
  const onLine = line === null ? [...devices] : devices.filter((device) => touchesLine(device, line));
  if (onLine.length === 0 && line !== null && devices.length > 0) {
    const lines = [...new Set(devices.map((device) => `line ${device.line}`))];
    return `${nothingToSimulate} on line ${line}; try ${listed(lines, 'or')}`;
  }
  const chosen = expression === undefined ? onLine : onLine.filter((device) => device.expression === expression);
  if (chosen.length === 0 && onLine.length > 0) {
    const names = [...new Set(onLine.map((device) => device.expression))];
    return `no device '${expression}' here; choose ${listed(names, 'or')}`;
  }
  return chosen;
}

/** Narrows the programs to one scenario, or returns which scenarios there are. */
function inScenario(devices: readonly SimulatedDevice[], name: string | undefined): SimulatedDevice[] | string {
  if (name === undefined) return [...devices];
  const known = new Set<string>();
  const chosen = devices.flatMap((device) => {
    const worlds = device.worlds.filter(({ scenario }) => {
      const [own = scenario] = scenario.split(' ');
      known.add(own);
      return own === name;
    });
    return worlds.length > 0 ? [{ ...device, worlds }] : [];
  });
  return chosen.length > 0 || devices.length === 0
    ? chosen
    : `no device path runs in scenario '${name}'; choose ${listed([...known], 'or')}`;
}

function programLines(devices: readonly SimulatedDevice[]): string {
  const programs = devices.flatMap((device) => device.worlds.map((world) => JSON.stringify(world.program)));
  return [...new Set(programs)].map((program) => `${program}\n`).join('');
}

/** `coco-dma simulate FILE[:LINE]`: simulates the device paths of a file in every scenario. */
export async function simulate(args: Arguments): Promise<ExitCode> {
  const [place, more] = args.positionals;
  if (place === undefined || more !== undefined)
    return refuse({ problem: place === undefined ? noInputFiles : 'simulate needs one FILE or FILE:LINE' }, usage);
  const { file, line } = splitPlace(place);
  const run = settle(args, file);
  if ('problem' in run) return refuse(run, usage);
  const { target } = run;
  const texts = createTexts();
  const source = texts.load(file);
  if ('failure' in source) return refuse({ problem: `${file}: ${failureText(source.failure, 'C source')}` }, usage);

  const engine = await startEngine(run.parser);
  const context = createContext().around([file], target.tree, target.trust);
  const request: CheckRequest = { files: [file], context, snapshot: texts, ...target };
  const { devices } = answer((asked: CheckRequest) => engine.simulate(asked), request, texts);
  const selected = select(devices, line, args.value('device'));
  const chosen = typeof selected === 'string' ? selected : inScenario(selected, args.value('scenario'));
  if (typeof chosen === 'string') return refuse({ problem: `${file}: ${chosen}` }, usage);
  if (chosen.length === 0) say(`${file}: ${nothingToSimulate} in this file`);

  const { kernel } = target;
  const text = args.has('emit-program')
    ? programLines(chosen)
    : args.value('format') === 'json'
      ? `${JSON.stringify({ version: 1, kernel, devices: chosen }, null, 2)}\n`
      : drawSimulation(chosen, kernel, choosePainter(args.value('color'), args.has('output')));
  return emit(text, args.value('output')) ? 0 : 2;
}
