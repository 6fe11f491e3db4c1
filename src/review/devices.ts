import type { DevicePath } from '../analysis';
import { conditionsOf, eventsOn, maskBits, poolOf } from '../analysis';
import { around, type Group } from './group';
import type { JudgedPath } from './judge/judge';
import { mayBeConfidential } from './judge/judge';
import type { Locator } from './locate';
import { visibleSite } from './locate';
import type { DeviceReport, DeviceVerdict, PoolSummary } from './types';
import type { JudgeContext } from './judge/context';
import { dependenceOf } from './dependence';

/** A device that a function registers, for the `devices` list of a result. */
export function deviceReport(group: Group, context: JudgeContext, locator: Locator): DeviceReport {
  return report(group, context, locator, group.subject.name);
}

/** A device that a driver's function uses. */
export function useReport(group: Group, context: JudgeContext, locator: Locator): DeviceReport {
  return report(group, context, locator, null);
}

function report(group: Group, context: JudgeContext, locator: Locator, registration: string | null): DeviceReport {
  const [first] = group.paths;
  if (!first) throw new Error('a group has at least one path');
  const { path } = first;
  const states = distinctStates(group);
  const pools = new Set(states.map((state) => state.pool));
  const [only] = pools;
  const site = visibleSite(group.subject);
  const verdict = verdictOf(group.paths, path, context);
  const dependsOn = verdict === 'protected' ? dependenceOf(group, context) : null;
  return {
    file: site.in.file,
    line: locator.range(site).start.line,
    function: site.in.name,
    expression: path.expression,
    type: path.type,
    bus: path.bus?.bus ?? null,
    registration,
    ...masksOf(path),
    pool: pools.size === 1 && only ? only : pools.has('unknown') ? 'unknown' : 'conditional',
    states,
    verdict,
    ...(dependsOn && { dependsOn }),
  };
}

function distinctStates(group: Group): DeviceReport['states'] {
  const states = new Map<string, DeviceReport['states'][number]>();
  for (const { path } of group.paths) {
    const pool = poolAtSubject(path);
    const when =
      path.subject.k === 'lifecycle'
        ? conditionsOf(path.subject.pathCondition)
        : conditionsOf(path.state.pathCondition);
    states.set(`${pool}|${when.join('&')}`, { when, pool });
  }
  return [...states.values()];
}

/** The pool of the device when it is added or used; a driver's device starts with the pool that the bus left it. */
function poolAtSubject(path: DevicePath): PoolSummary {
  let pool: PoolSummary = path.subject.k === 'lifecycle' ? 'unknown' : 'default';
  for (const event of around(path).before) {
    if (event.k === 'lifecycle' && event.word === 'device_initialize') pool = 'default';
    if (event.k !== 'pool') continue;
    const set = poolOf(event);
    pool = set === 'entry' ? 'default' : set;
  }
  return pool;
}

function masksOf(path: DevicePath): { streamingMask: number; coherentMask: number } {
  let streamingMask = 0;
  let coherentMask = 0;
  for (const event of eventsOn(path)) {
    if (event.k === 'field' && event.name === 'coherent_dma_mask') coherentMask = maskBits(event.value) ?? coherentMask;
    if (event.k !== 'mask') continue;
    const bits = maskBits(event.bits) ?? 0;
    if (event.effect.which !== 'coherent') streamingMask = bits;
    if (event.effect.which !== 'streaming') coherentMask = bits;
  }
  return { streamingMask, coherentMask };
}

function verdictOf(paths: readonly JudgedPath[], path: DevicePath, context: JudgeContext): DeviceVerdict {
  if (paths.some((judged) => judged.operationsReplaced)) return 'unknown';
  if (paths.some((judged) => judged.exposing)) return 'exposed';
  if (paths.some((judged) => judged.breaking ?? judged.failing)) return 'broken';
  if (paths.some((judged) => judged.poolUnknown)) return 'unknown';
  if (path.bus === null) return 'unknown';
  return mayBeConfidential(path.bus, context) ? 'protected' : 'not-confidential';
}
