import type { DevicePath } from '../../analysis';
import { simulate } from '../../simulator';
import { buildProgram, type BuiltProgram, type Filling, type Registration, type DeviceTrust } from './program';
import type { JudgeContext, Outcome, ScenarioChoice } from './context';

/** Number of paths to keep; a large file has a few dozen distinct paths among thousands. */
const keptPaths = 256;

/**
 * Runs a path in each configuration. Paths with the same steps, wherever they are in the source, have the same outcomes and
 * run once.
 */
export function outcomesOf(
  path: DevicePath,
  context: JudgeContext,
  worlds: () => readonly ScenarioChoice[],
): readonly Outcome[] {
  const key = canonicalKey(path, context);
  const { outcomes: known } = context;
  const outcomes = known.get(key) ?? worlds().map((world) => outcomeOf(path, context, world));
  // a map keeps insertion order, so the first path is the least recently used one
  known.delete(key);
  known.set(key, outcomes);
  const [oldest] = known.keys();
  if (known.size > keptPaths && oldest !== undefined) known.delete(oldest);
  return outcomes;
}

/** The program of a path in a configuration, with its places in the source. */
export function programOf(
  path: DevicePath,
  context: JudgeContext,
  { scenario, deviceTrust }: ScenarioChoice,
): BuiltProgram {
  const { registration, placeOf } = context;
  return buildProgram(path, { scenario, deviceTrust, registration, when: context.conditions(path), placeOf });
}

/** A fixed configuration, of the profile with the most steps: programs built with it differ only by their paths. */
const anyWorld: Omit<Filling, 'registration'> = {
  scenario: { machine: { kernel: '7.3', coco: 'none', swiotlb: 'default' } },
  deviceTrust: null,
  when: [],
  placeOf: () => ({ file: '', line: 1, column: 1 }),
};
const anyRegistration: Registration = [{ op: 'lifecycle', device: 'any', do: 'device_register' }];

const deviceTrusts: readonly (DeviceTrust | null)[] = [
  null,
  { ring: false, external: false },
  { ring: true, external: false },
  { ring: true, external: true },
  { ring: true, external: true, accepted: true },
];

/** Everything that the configurations and programs of a path depend on, as text. */
function canonicalKey(path: DevicePath, context: JudgeContext): string {
  const { program, judged, counted } = buildProgram(path, { ...anyWorld, registration: () => anyRegistration });
  const { external, ring, accepted, platform, connection } = path.trust;
  const { kernel, vmbusFlags, extraWorlds, restrictedPools } = context;
  const own = [
    [program.steps, judged, counted, path.subject.k, path.bus?.bus, path.bus?.trust !== undefined],
    [external, ring, accepted, platform, connection],
    [kernel, vmbusFlags, extraWorlds, restrictedPools],
  ];
  return JSON.stringify(own) + registrationKey(context.registration);
}

const registrationKeys = new WeakMap<JudgeContext['registration'], string>();

/** The steps of a registration for every trust status of the device, without places. The paths of a group share a registration. */
function registrationKey(registration: JudgeContext['registration']): string {
  let key = registrationKeys.get(registration);
  if (key === undefined) {
    key = JSON.stringify(deviceTrusts.map(registration), withoutPlaces);
    registrationKeys.set(registration, key);
  }
  return key;
}

/** For JSON: a step without its place in the source. */
export const withoutPlaces = (key: string, value: unknown): unknown => (key === 'at' ? undefined : value);

function outcomeOf(path: DevicePath, context: JudgeContext, world: ScenarioChoice): Outcome {
  const { program, judged, counted, late } = programOf(path, context, world);
  const trace = simulate(program);
  let exposedBytes = 0;
  let inaccessibleBytes = 0;
  for (const { result } of trace.steps.slice(...counted)) {
    exposedBytes += result.exposedBytes ?? 0;
    inaccessibleBytes += result.inaccessibleBytes ?? 0;
  }
  return { ...world, trace, judged, late, exposedBytes, inaccessibleBytes };
}
