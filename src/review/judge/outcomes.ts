import type { DevicePath } from '../../analysis';
import { simulate } from '../../simulator';
import { buildProgram, type BuiltProgram, type Filling, type Registration, type Standing } from './program';
import type { JudgeContext, Outcome, WorldChoice } from './context';

/** Number of paths to keep; a large file has a few dozen distinct paths among thousands. */
const keptPaths = 256;

/**
 * Runs a path in each configuration. Paths with the same steps, wherever they are in the source, have the same outcomes and
 * run once.
 */
export function outcomesOf(
  path: DevicePath,
  context: JudgeContext,
  worlds: () => readonly WorldChoice[],
): readonly Outcome[] {
  const story = storyOf(path, context);
  const { outcomes: known } = context;
  const outcomes = known.get(story) ?? worlds().map((world) => outcomeOf(path, context, world));
  // a map keeps insertion order, so the first path is the least recently used one
  known.delete(story);
  known.set(story, outcomes);
  const [oldest] = known.keys();
  if (known.size > keptPaths && oldest !== undefined) known.delete(oldest);
  return outcomes;
}

/** The program of a path in a configuration, with its places in the source. */
export function programOf(path: DevicePath, context: JudgeContext, { scenario, standing }: WorldChoice): BuiltProgram {
  const { registration, placeOf } = context;
  return buildProgram(path, { scenario, standing, registration, when: context.conditions(path), placeOf });
}

/** A fixed configuration, of the profile with the most steps: programs built with it differ only by their paths. */
const anyWorld: Omit<Filling, 'registration'> = {
  scenario: { machine: { kernel: '7.3', coco: 'none', swiotlb: 'default' } },
  standing: null,
  when: [],
  placeOf: () => ({ file: '', line: 1, column: 1 }),
};
const anyRegistration: Registration = [{ op: 'lifecycle', device: 'any', do: 'device_register' }];

const standings: readonly (Standing | null)[] = [
  null,
  { ring: false, external: false },
  { ring: true, external: false },
  { ring: true, external: true },
  { ring: true, external: true, accepted: true },
];

/** Everything that the configurations and programs of a path depend on, as text. */
function storyOf(path: DevicePath, context: JudgeContext): string {
  const { program, judged, counted } = buildProgram(path, { ...anyWorld, registration: () => anyRegistration });
  const { external, ring, accepted, platform, connection } = path.trust;
  const { kernel, vmbusFlags, extraWorlds, restrictedPools } = context;
  const own = [
    [program.steps, judged, counted, path.subject.k, path.bus?.bus, path.bus?.trust !== undefined],
    [external, ring, accepted, platform, connection],
    [kernel, vmbusFlags, extraWorlds, restrictedPools],
  ];
  return JSON.stringify(own) + registrationStory(context.registration);
}

const stories = new WeakMap<JudgeContext['registration'], string>();

/** The steps of a registration for every standing, without places. The paths of a group share a registration. */
function registrationStory(registration: JudgeContext['registration']): string {
  let story = stories.get(registration);
  if (story === undefined) {
    story = JSON.stringify(standings.map(registration), withoutPlaces);
    stories.set(registration, story);
  }
  return story;
}

/** For JSON: a step without its place in the source. */
export const withoutPlaces = (key: string, value: unknown): unknown => (key === 'at' ? undefined : value);

function outcomeOf(path: DevicePath, context: JudgeContext, world: WorldChoice): Outcome {
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
