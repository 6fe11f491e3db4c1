import type { StepResult } from '../program/types';
import type { DeviceVerdict, SimulatedDevice } from '../review/types';
import { causeLines } from './causes';
import { configurationName, configurationText } from './configurations';
import type { Painter, Role } from './style';
import { byVerdict } from './summary';
import { printable } from './width';
import { conditionText, count, verdictWords } from './wording';

type World = SimulatedDevice['worlds'][number];

const roles: Readonly<Partial<Record<DeviceVerdict, Role>>> = { exposed: 'bad', broken: 'warning', protected: 'good' };

function slots({ slots: taken, slot }: StepResult): string {
  if (!taken || slot === undefined) return '';
  return taken === 1 ? ` to slot ${slot}` : ` to slots ${slot}-${slot + taken - 1}`;
}

/** The memory of a GPADL after its step; null after a teardown that made it private again, as it should. */
function gpadlState({ op, decrypted }: StepResult, id: string | null): string | null {
  const teardown = op === 'vmbus_teardown_gpadl';
  if (decrypted === undefined || (teardown && !decrypted)) return null;
  const memory = id === null ? 'memory' : `memory of ${id}`;
  return `${memory} ${decrypted ? (teardown ? 'is still shared' : 'is shared') : 'stays private'}`;
}

/** Bytes that a step made readable to the host: shared by design where the device is not confidential. */
function exposure(bytes: number, verdict: DeviceVerdict): string {
  return verdict === 'not-confidential'
    ? `${count(bytes, 'byte')} pass through host-visible memory`
    : `${count(bytes, 'private byte')} readable by the host`;
}

/** The outcome of a step, or null for a step without one. */
function stepOutcome(step: StepResult, gpadl: string | null, verdict: DeviceVerdict): string | null {
  const parts: string[] = [];
  const state = gpadlState(step, gpadl);
  if (state !== null) parts.push(state);
  if (step.result) parts.push(`${step.result}${slots(step)}`);
  if (step.ret) parts.push(`returns ${step.ret}`);
  if (step.leakedBytes) parts.push(`${count(step.leakedBytes, 'byte')} leaked`);
  if (step.bytes !== undefined) parts.push(step.bytes === 'SIZE_MAX' ? 'no limit' : count(step.bytes, 'byte'));
  if (step.exposedBytes) parts.push(exposure(step.exposedBytes, verdict));
  if (step.inaccessibleBytes) parts.push(`${count(step.inaccessibleBytes, 'private byte')} inaccessible to the device`);
  return parts.length > 0 ? `${step.op}: ${parts.join(', ')}` : null;
}

function outcomes({ steps, program, verdict }: World): string[] {
  return steps.flatMap((step, index) => {
    const source = program.steps[index];
    const outcome = stepOutcome(step, source?.op === 'vmbus_establish_gpadl' ? source.id : null, verdict);
    const log = (step.messages ?? []).map((message) => `  kernel log: "${message}"`);
    const causes = causeLines(step.causes ?? []).map((line) => `  ${line}`);
    return outcome === null && log.length + causes.length === 0 ? [] : [outcome ?? `${step.op}:`, ...log, ...causes];
  });
}

/** Configurations with the same outcome: their names, one of them, and what happens in it. */
export interface OutcomeGroup {
  /** The verdict as prose: a non-confidential device may share data by design. */
  readonly verdict: string;
  /** The configurations, to follow the verdict. */
  readonly where: string;
  readonly world: World;
  readonly lines: string[];
}

/** Groups configurations by outcome, the worst first. */
export function groupOutcomes(worlds: readonly World[]): OutcomeGroup[] {
  const groups = new Map<string, { names: string[]; world: World; lines: string[] }>();
  for (const world of worlds) {
    const lines = outcomes(world);
    const key = [world.verdict, ...lines].join('\n');
    const group = groups.get(key);
    if (group) group.names.push(world.scenario);
    else groups.set(key, { names: [world.scenario], world, lines });
  }
  return [...groups.values()]
    .sort((a, b) => byVerdict(a.world.verdict, b.world.verdict))
    .map(({ names, world, lines }) => {
      const shared =
        world.verdict === 'not-confidential' && world.steps.some(({ exposedBytes = 0 }) => exposedBytes > 0);
      const verdict = shared ? 'shared by design' : verdictWords[world.verdict];
      return { verdict, where: configurationText(names), world, lines };
    });
}

/** The scope and the result of a simulation, to be painted or styled. */
export function simulationTotals(
  devices: readonly SimulatedDevice[],
  kernel: string,
): { readonly scope: string; readonly result: string; readonly exposes: boolean } {
  const worlds = devices.flatMap((device) => device.worlds);
  const exposed = worlds.filter((world) => world.verdict === 'exposed').length;
  return {
    scope: `${count(devices.length, 'device path')}, ${count(worlds.length, 'configuration')} · Linux ${kernel}`,
    result: exposed > 0 ? `${exposed} expose${exposed === 1 ? 's' : ''} private data` : 'no private data exposed',
    exposes: exposed > 0,
  };
}

/** Says that several device paths were drawn as one. */
export const sameOutcome = (paths: number): string => `${paths} device paths with this outcome`;

/** Says that a file or line has nothing to simulate; the place follows. */
export const nothingToSimulate = 'no device is registered or used for DMA';

function drawDevice(device: SimulatedDevice, paint: Painter): string {
  const place = `${device.file}:${device.line} in ${device.function}()`;
  const rows = [`${paint('strong', printable(device.expression))} (${printable(device.type)}) at ${printable(place)}`];
  if (device.when.length > 0) rows.push(`  when: ${printable(conditionText(device.when))}`);
  if (device.smallest !== null) rows.push(`  smallest exposing configuration: ${configurationName(device.smallest)}`);
  if (device.proves) rows.push(`  shows ${device.proves.rule}: ${printable(device.proves.outcome)}`);
  for (const { verdict, where, world, lines } of groupOutcomes(device.worlds)) {
    const role = roles[world.verdict];
    rows.push(`  ${role ? paint(role, verdict) : verdict} ${where}`);
    for (const line of lines) rows.push(`      ${printable(line)}`);
  }
  return rows.join('\n');
}

/** The devices as text; device paths with the same text are drawn once. */
function drawDevices(devices: readonly SimulatedDevice[], paint: Painter): string[] {
  const drawn = new Map<string, number>();
  for (const device of devices) {
    const text = drawDevice(device, paint);
    drawn.set(text, (drawn.get(text) ?? 0) + 1);
  }
  return [...drawn].map(([text, times]) => (times === 1 ? text : `${text}\n  (${sameOutcome(times)})`));
}

/** Draws the outcome of each device path of a file in every configuration. */
export function drawSimulation(devices: readonly SimulatedDevice[], kernel: string, paint: Painter): string {
  const { scope, result, exposes } = simulationTotals(devices, kernel);
  const total = `${scope} · ${paint(exposes ? 'bad' : 'good', result)}`;
  return `${[...drawDevices(devices, paint), total].join('\n\n')}\n`;
}
