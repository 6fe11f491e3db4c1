import { layerNote } from '../kernel/layers';
import { kernelProfile } from '../kernel/profiles';
import type { Match, GroupRule } from './group';
import { evidenceOf, outcomeOf } from './evidence';
import { fingerprint } from './fingerprint';
import type { JudgedPath, ScenarioRun } from './judge/judge';
import { failingKernels } from './judge/judge';
import { layerOn } from './layer';
import type { Locator } from './locate';
import type { Finding } from './types';
import type { JudgeContext } from './judge/context';

/** Makes the finding of a match: its evidence, its run, and where it applies. */
export function findingOf(rule: GroupRule, match: Match, context: JudgeContext, locator: Locator): Finding {
  const { judged, run, at } = match;
  const assumptions = [...judged.path.assumptions, ...judged.path.trust.assumptions, ...(match.assumes ?? [])];
  const tier = match.tier ?? (assumptions.length > 0 ? 'likely' : 'certain');
  const { path } = judged;
  const device = { expression: path.expression, type: path.type };
  const conditions = conditionsOf(match, context);
  const layer = layerNote(rule.id, layerOn(path, at, context.layers));
  return {
    rule: rule.id,
    level: tier === 'likely' ? 'hint' : (match.level ?? rule.level),
    tier,
    message: match.message,
    file: at.in.file,
    range: locator.range(at),
    function: at.in.name,
    device,
    conditions,
    assumptions,
    evidence: evidenceOf(match, locator),
    related: [],
    ...(run && {
      counterexample: {
        scenario: run.scenario.name,
        program: { ...run.built.program, when: conditions },
        exposedBytes: run.exposedBytes,
      },
      outcome: match.outcome ?? outcomeOf(match),
      holds: {
        scenarios: failingRuns(judged, match).map((other) => other.scenario.name),
        kernels: failingKernels(
          path,
          context,
          rule.needsFlags ?? false,
          (other) => failingRuns(other, match).length > 0,
        ),
      },
    }),
    ...(layer && { layer }),
    ...(wantsPrivateDma(match, context) && { privateDma: context.privateDma }),
    fingerprint: fingerprint(rule.id, match),
  };
}

/** True if the finding is about private data that only private DMA protects, on a kernel that does not go by the pool. */
function wantsPrivateDma({ judged, run }: Match, { kernel }: JudgeContext): boolean {
  if (!run || !kernelProfile(kernel).capableChecksEncryption) return false;
  return judged.rejected.includes(run) || (run.deviceTrust?.external === true && run.exposedBytes > 0);
}

function failingRuns(judged: JudgedPath, match: Match): JudgedPath['runs'] {
  if (match.alike) return match.alike(judged);
  const exposes = (match.run?.exposedBytes ?? 0) > 0;
  const { deviceTrust } = match.run ?? {};
  return judged.runs.filter(
    (run) =>
      run.deviceTrust?.external === deviceTrust?.external &&
      run.deviceTrust?.ring === deviceTrust?.ring &&
      (exposes ? run.exposedBytes > 0 : run.inaccessibleBytes > 0 || sameEnd(run, match.run)),
  );
}

/** True if the judged mapping ended the same way in both runs. */
function sameEnd(a: ScenarioRun, b: ScenarioRun | null): boolean {
  const end = (run: ScenarioRun): string | undefined => run.trace.steps[run.judged]?.result.result;
  return b !== null && b.inaccessibleBytes === 0 && end(a) === end(b);
}

/** The path's condition, plus what the run assumes of the channel if the path leaves it open. */
function conditionsOf(match: Match, context: JudgeContext): string[] {
  const { path } = match.judged;
  const conditions = [...context.conditions(match.plain ?? path)];
  const { predicate, external } = path.trust;
  const deviceTrust = match.run?.deviceTrust;
  if (deviceTrust && external === null && (match.run?.exposedBytes ?? 0) > 0 && deviceTrust.external)
    conditions.push(predicate);
  return conditions;
}
