import type { StepResult } from '../program/types';
import type { DeviceVerdict, SimulatedDevice } from '../review/types';
import { causeLines } from './causes';
import { worldNames } from './worlds';
import type { Painter, Role } from './style';
import { byVerdict, count } from './summary';
import { displayWidth, printable } from './width';

type World = SimulatedDevice['worlds'][number];

const roles: Readonly<Partial<Record<DeviceVerdict, Role>>> = { exposed: 'bad', broken: 'warning', protected: 'good' };

function slots({ slots: taken, slot }: StepResult): string {
  if (!taken || slot === undefined) return '';
  return taken === 1 ? ` to slot ${slot}` : ` to slots ${slot}-${slot + taken - 1}`;
}

/** Whose memory a GPADL's step left how; nothing where a teardown made it private again, as it should. */
function gpadlState({ op, decrypted }: StepResult): string | null {
  if (decrypted === undefined || (op === 'vmbus_teardown_gpadl' && !decrypted)) return null;
  return decrypted ? 'memory shared' : 'memory private';
}

/** What a step came to, or null for a step that merely happened. */
function stepOutcome(step: StepResult, made: string): string | null {
  const parts: string[] = [];
  const state = gpadlState(step);
  if (state !== null) parts.push(`${state}${made}`);
  if (step.result) parts.push(`${step.result}${slots(step)}`);
  if (step.ret) parts.push(`returns ${step.ret}`);
  if (step.leakedBytes) parts.push(`${count(step.leakedBytes, 'byte')} leaked`);
  if (step.bytes !== undefined) parts.push(step.bytes === 'SIZE_MAX' ? 'no limit' : count(step.bytes, 'byte'));
  if (step.exposedBytes) parts.push(`${count(step.exposedBytes, 'private byte')} readable by the host`);
  return parts.length > 0 ? `${step.op}: ${parts.join(', ')}` : null;
}

function outcomes({ steps, program }: World): string[] {
  return steps.flatMap((step, index) => {
    const source = program.steps[index];
    const made = source?.op === 'vmbus_establish_gpadl' ? ` (${source.id})` : '';
    const outcome = stepOutcome(step, made);
    const told = [...(step.messages ?? []), ...causeLines(step.causes ?? [])].map((line) => `  ${line}`);
    return outcome === null && told.length === 0 ? [] : [outcome ?? `${step.op}:`, ...told];
  });
}

/** Worlds that end alike: their names, one of them, and what happens in it. */
export interface OutcomeGroup {
  readonly names: string[];
  readonly world: World;
  readonly lines: string[];
}

/** Worlds that end alike, told once, worst first. */
export function groupOutcomes(worlds: readonly World[]): OutcomeGroup[] {
  const groups = new Map<string, OutcomeGroup>();
  for (const world of worlds) {
    const lines = outcomes(world);
    const key = [world.verdict, ...lines].join('\n');
    const group = groups.get(key);
    if (group) group.names.push(world.scenario);
    else groups.set(key, { names: [world.scenario], world, lines });
  }
  return [...groups.values()].sort((a, b) => byVerdict(a.world.verdict, b.world.verdict));
}

function drawDevice(device: SimulatedDevice, paint: Painter): string {
  const place = `${device.file}:${device.line} in ${device.function}()`;
  const rows = [`${paint('strong', printable(device.expression))} (${printable(device.type)}) at ${printable(place)}`];
  if (device.when.length > 0) rows.push(`  when ${printable(device.when.join(' && '))}`);
  if (device.smallest !== null) rows.push(`  smallest world that exposes it: ${device.smallest}`);
  if (device.proves) rows.push(`  proves ${device.proves.rule}: ${printable(device.proves.outcome)}`);
  const groups = groupOutcomes(device.worlds);
  const width = Math.max(0, ...groups.map(({ world }) => displayWidth(world.verdict)));
  for (const { names, world, lines } of groups) {
    const role = roles[world.verdict];
    const verdict = role ? paint(role, world.verdict) : world.verdict;
    const pad = ' '.repeat(width - displayWidth(world.verdict));
    rows.push(`  ${verdict}${pad}  ${worldNames(names)}`);
    for (const line of lines) rows.push(`${' '.repeat(width + 6)}${printable(line)}`);
  }
  return rows.join('\n');
}

/** The devices as drawn; programs that read the same are told once. */
function drawDevices(devices: readonly SimulatedDevice[], paint: Painter): string[] {
  const drawn = new Map<string, number>();
  for (const device of devices) {
    const text = drawDevice(device, paint);
    drawn.set(text, (drawn.get(text) ?? 0) + 1);
  }
  return [...drawn].map(([text, times]) => (times === 1 ? text : `${text}\n  (${times} programs that end alike)`));
}

/** Tells what each device program of a file comes to in every scenario. */
export function drawSimulation(devices: readonly SimulatedDevice[], kernel: string, paint: Painter): string {
  const worlds = devices.flatMap((device) => device.worlds);
  const exposed = worlds.filter((world) => world.verdict === 'exposed').length;
  const total = `${count(devices.length, 'program')} in ${count(worlds.length, 'world')} · Linux ${kernel} · ${
    exposed > 0 ? paint('bad', `${exposed} expose private data`) : paint('good', 'none exposes private data')
  }`;
  return `${[...drawDevices(devices, paint), total].join('\n\n')}\n`;
}
