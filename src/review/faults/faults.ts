import type { Event, FaultPath, FileAnalysis, ResourceEvent } from '../../analysis';
import {
  conditionsOf,
  trustConditions,
  eventsOf,
  memoryOf,
  platformOf,
  printLiteral,
  printValue,
} from '../../analysis';
import { hostFolders } from '../../kernel/resources';
import { vmbusFlagsSince } from '../../kernel/trust';
import { atLeast, kernelVersions, type KernelVersion } from '../../kernel/versions';
import type { DmaProgram } from '../../program/types';
import { validateProgram } from '../../program/validate';
import { scenariosFor, simulate, type SimulationTrace } from '../../simulator';
import { alignedContext } from './alignment';
import { isBarred } from '../drivers';
import { faultProgram } from './program';
import { hash } from '../fingerprint';
import { gpadlProgram, gpadlWorlds, privateKind } from './gpadl';
import { packetProgram, packetWorlds } from './packets';
import { feasibleWorlds, meetsPlatform } from '../judge/judge';
import type { Locator } from '../locate';
import { samePlace, visibleSite } from '../locate';
import { faultRules } from '../rules';
import type { DeviceName, Finding, Note } from '../types';
import type { FaultRule, FaultWording } from './rule';
import type { JudgeContext, ScenarioChoice } from '../judge/context';

/** A program, the configuration in which it ran, and the outcome. */
interface FaultRun {
  readonly world: ScenarioChoice;
  readonly program: DmaProgram;
  readonly trace: SimulationTrace;
  readonly outcome: string;
}

/** The findings of all fault rules in a file; `inSight` are that file and the files around it. */
export function reviewFaults(
  file: FileAnalysis,
  inSight: readonly FileAnalysis[],
  context: JudgeContext,
  locator: Locator,
): Finding[] {
  return file.faults.flatMap((found) => {
    const rule = faultRules.find(({ faults }) => faults.includes(found.fault.kind));
    const words = rule?.wording(found);
    if (!rule || !words || (rule.needsFlags && !context.vmbusFlags) || (rule.guestOnly && isBarred(file))) return [];
    const own = rule.needsAlignment ? alignedContext(found, inSight, context) : context;
    if (!own) return [];
    const needsRun = rule.shows !== undefined && !rule.seen?.includes(found.fault.kind);
    const runs = needsRun ? runsOf(rule, found, own) : [];
    return needsRun && runs.length === 0 ? [] : [findingOf(rule, words, found, runs, own, locator)];
  });
}

function worldsFor(found: FaultPath, context: JudgeContext): readonly ScenarioChoice[] {
  if (found.path) return feasibleWorlds(found.path, context);
  if (found.gpadl) return gpadlWorlds(found.gpadl, found.fault.kind, context);
  if (found.packet) return packetWorlds(found.packet, context);
  const bus = found.fault.kind === 'gpadl-freed' ? 'vmbus' : 'other';
  const questions = platformOf(found.fault.state.pathCondition);
  return scenariosFor({ kernel: context.kernel, bus })
    .filter(({ machine }) => machine.coco !== 'none' && meetsPlatform(questions, machine.coco))
    .map((scenario) => ({ scenario, deviceTrust: null }));
}

function programOf(found: FaultPath, world: ScenarioChoice, context: JudgeContext): DmaProgram | null {
  if (found.gpadl) return gpadlProgram(found.gpadl, world, context);
  return found.packet ? packetProgram(found.packet, world, context) : faultProgram(found, world, context);
}

/** The configurations in which the path fails, each with its outcome. */
function runsOf(rule: FaultRule, found: FaultPath, context: JudgeContext): FaultRun[] {
  return worldsFor(found, context).flatMap((world) => {
    const program = programOf(found, world, context);
    if (!program || 'error' in validateProgram(program)) return [];
    const trace = simulate(program);
    const outcome = rule.shows?.(trace, found) ?? null;
    return outcome === null ? [] : [{ world, program, trace, outcome }];
  });
}

function findingOf(
  rule: FaultRule,
  words: FaultWording,
  found: FaultPath,
  runs: readonly FaultRun[],
  context: JudgeContext,
  locator: Locator,
): Finding {
  const { fault, path, root } = found;
  const at = visibleSite(fault.at);
  const host = !path && fault.origin && hostFolders.some((folder) => at.in.file.includes(folder));
  const guest = host ? ['this code also runs in a confidential VM, not only on a host'] : [];
  const assumptions = [
    ...guest,
    ...(words.assumptions ?? []),
    ...(path?.assumptions ?? []),
    ...((found.gpadl ?? found.packet)?.assumptions ?? []),
    ...(path?.trust.assumptions ?? []),
  ];
  const tier = assumptions.length > 0 ? 'likely' : 'certain';
  const [run] = runs;
  const conditions = path ? context.conditions(path) : memoryConditions(found, run);
  return {
    rule: rule.id,
    level: tier === 'likely' ? 'hint' : rule.level,
    tier,
    message: words.message,
    file: at.in.file,
    range: locator.range(at),
    function: at.in.name,
    device: deviceOf(found),
    conditions,
    assumptions,
    evidence: evidenceOf(found, words.remark, locator),
    related: [],
    ...(run && {
      counterexample: {
        scenario: run.world.scenario.name,
        program: { ...run.program, when: conditions },
        exposedBytes: run.trace.steps.reduce((sum, { result }) => sum + (result.exposedBytes ?? 0), 0),
      },
      outcome: run.outcome,
      holds: {
        scenarios: [...new Set(runs.map(({ world }) => world.scenario.name))],
        kernels: kernelsOf(rule, found, context),
      },
    }),
    fingerprint: hash(
      [rule.id, at.in.name, root.place.name, fault.kind, fault.origin?.name, nameOf(fault.at)].join('|'),
    ),
  };
}

/** The condition of a path about memory, plus the channel flag that the run assumes if the path leaves it open. */
function memoryConditions({ gpadl, fault }: FaultPath, run: FaultRun | undefined): string[] {
  const { pathCondition } = fault.state;
  if (!gpadl || !run?.world.deviceTrust) return conditionsOf(pathCondition);
  const { flags, trust } = gpadl;
  if (fault.kind === 'keeps-private') return [flags.ring, `!${flags.buffer}`];
  const kind = privateKind(gpadl, run.world.deviceTrust);
  const open = kind !== null && (kind === 'ring' ? trust.ring : trust.external) === null;
  return [...trustConditions(pathCondition), ...(open ? [flags[kind]] : [])];
}

function kernelsOf(rule: FaultRule, found: FaultPath, context: JudgeContext): KernelVersion[] {
  const known = (kernel: KernelVersion): boolean => !rule.needsFlags || atLeast(kernel, vmbusFlagsSince);
  return kernelVersions.filter(
    (kernel) => kernel === context.kernel || (known(kernel) && runsOf(rule, found, { ...context, kernel }).length > 0),
  );
}

/** The subject of the finding: the device of the mapping, else the memory or the lock. */
function deviceOf({ fault, path }: FaultPath): DeviceName {
  if (path) return { expression: path.expression, type: path.type };
  const { origin } = fault;
  const pointer = origin && 'pointer' in origin.effect ? origin.args[origin.effect.pointer] : origin?.args[0];
  return {
    expression: pointer ? printValue(memoryOf(pointer)) : '',
    type: fault.kind === 'unsigned' ? 'count' : 'memory',
  };
}

function nameOf(at: Pick<Event, 'site' | 'via'>): string {
  return 'name' in at && typeof at.name === 'string' ? at.name : '';
}

/** The evidence in execution order: operations on the resource, tests of trust, and the statement at fault. */
function evidenceOf(found: FaultPath, remark: string, locator: Locator): Note[] {
  const { fault } = found;
  const at = visibleSite(fault.at);
  const notes: Note[] = [];
  let marked = false;
  for (const event of eventsOf(fault.state.trace)) {
    const site = visibleSite(event);
    const message =
      event.k === 'resource'
        ? describe(found, event)
        : event.k === 'guard'
          ? `path taken when ${printLiteral(event.literal)}`
          : null;
    if (samePlace(site, at)) {
      if (!marked) notes.push(locator.note(at, remark));
      marked = true;
    } else if (message !== null) notes.push(locator.note(site, message));
  }
  if (!marked) notes.push(locator.note(at, remark));
  if (fault.page)
    notes.push(locator.note(fault.page.at, 'combines the PFN of the mapping with the offset of the original buffer'));
  const leaked = fault.kind === 'rounds-leaked' ? 'what earlier iterations mapped' : 'the buffer';
  if (fault.end) notes.push(locator.note(fault.end, `the function ends here without unmapping ${leaked}`));
  return notes;
}

/** The effect of an event on the resource of a fault; null if it is about another resource. */
function describe({ fault }: FaultPath, event: ResourceEvent): string | null {
  const { origin } = fault;
  const { effect, args, failed } = event;
  if (event.site === origin?.site && effect.kind === 'map') return 'mapped here';
  const pointer = 'pointer' in effect ? args[effect.pointer] : undefined;
  const own = origin && 'pointer' in origin.effect ? origin.args[origin.effect.pointer] : undefined;
  switch (effect.kind) {
    case 'unmap':
      return args[effect.handle]?.key === origin?.result.key ? 'unmapped here' : null;
    case 'test':
      return args[effect.handle]?.key === origin?.result.key ? 'checks whether the mapping failed' : null;
    case 'convert':
      if (!pointer || !own || memoryOf(pointer).key !== memoryOf(own).key) return null;
      return `${effect.to === 'shared' ? 'decrypts' : 're-encrypts'} the memory${failed ? '; fails on this path' : ''}`;
    case 'establish':
      return failed ? 'establishing the GPADL fails on this path' : 'shares the memory through the GPADL';
    case 'teardown':
      return 'may fail to make the memory private again';
    case 'address':
      return event.site === origin?.site ? 'takes the physical address, not a DMA address' : null;
    case 'lock':
      return event.site === origin?.site ? 'takes a spinlock' : null;
    default:
      return null;
  }
}
