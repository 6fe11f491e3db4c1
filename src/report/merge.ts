import { sarifSchema } from './sarif';

type Json = Readonly<Record<string, unknown>>;

const isRecord = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const listAt = (run: Json, key: string): readonly unknown[] => (Array.isArray(run[key]) ? (run[key] as unknown[]) : []);

/** The runs of a SARIF log, or why it cannot be read. */
export function sarifRuns(text: string): { readonly runs: readonly Json[] } | { readonly problem: string } {
  let log: unknown;
  try {
    log = JSON.parse(text);
  } catch (error) {
    return { problem: `not JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
  if (!isRecord(log) || log['version'] !== '2.1.0' || !Array.isArray(log['runs']))
    return { problem: 'not a SARIF 2.1.0 log' };
  const runs = log['runs'] as readonly unknown[];
  return runs.every((run) => isRecord(run) && isRecord(run['tool']))
    ? { runs: runs as readonly Json[] }
    : { problem: 'not a SARIF 2.1.0 log: a run has no tool' };
}

/** The identity of a result: rule, place and fingerprint. */
const identity = (result: unknown): string =>
  isRecord(result) ? JSON.stringify([result['ruleId'], result['locations'], result['partialFingerprints']]) : '';

function joinRuns(runs: readonly [Json, ...Json[]]): Json {
  const results = new Map<string, unknown>();
  for (const run of runs) for (const result of listAt(run, 'results')) results.set(identity(result), result);
  const sum = (key: string): number =>
    runs.reduce((total, { properties }) => total + (isRecord(properties) ? Number(properties[key] ?? 0) : 0), 0);
  const { properties } = runs[0];
  return {
    ...runs[0],
    invocations: runs.flatMap((run) => listAt(run, 'invocations')),
    results: [...results.values()],
    properties: { ...(isRecord(properties) ? properties : {}), files: sum('files'), functions: sum('functions') },
  };
}

/**
 * Joins runs of SARIF logs: runs of the same version and kernel become one run, in which a result of two shards appears once;
 * runs of other tools or versions stay as they are.
 */
export function mergeSarif(runs: readonly Json[]): string {
  const groups = new Map<string, [Json, ...Json[]]>();
  for (const run of runs) {
    const kernel = isRecord(run['properties']) ? run['properties']['kernel'] : null;
    const key = JSON.stringify([run['tool'], kernel]);
    const group = groups.get(key);
    if (group) group.push(run);
    else groups.set(key, [run]);
  }
  const joined = [...groups.values()].map(joinRuns);
  return `${JSON.stringify({ $schema: sarifSchema, version: '2.1.0', runs: joined }, null, 2)}\n`;
}
