/** Breaks the samples in every way and asks which mutants the analysis catches. */
import { checkFiles } from '../analysis/support/engine';
import { readText } from '../analysis/support/load';
import type { Engine } from '../../src/engine/types';
import { ruleLevels } from '../../src/engine';
import type { Finding } from '../../src/review/types';
import type { WasmParser } from '../../src/syntax/parser';
import { parseSample } from './c';
import { operators } from './operators';
import { equivalents, samples, tolerated } from './samples';

export interface Mutant {
  readonly sample: string;
  readonly operator: string;
  readonly line: number;
  readonly text: string;
  readonly expected: string;
}

/** What the analysis made of a mutant. */
export type Fate = 'caught' | 'missed' | 'equivalent';

export interface Judged {
  readonly mutant: Mutant;
  readonly fate: Fate;
  /** Rules that spoke about the mutant and not about the sample. */
  readonly spoke: readonly string[];
}

const folder = 'test/mutation/samples';

/** What the analysis says about a text in place of a sample. */
function findingsIn(engine: Engine, sample: string, text: string): readonly Finding[] {
  const file = `${folder}/${sample}`;
  const load = (path: string) => (path === file ? text : readText(path));
  return checkFiles(engine, { files: [file], kernel: '7.1', tree: 'test/fixtures' }, load).findings;
}

const sourceOf = (sample: string): string => {
  const text = readText(`${folder}/${sample}`);
  if (text === null) throw new Error(`there is no sample ${sample}`);
  return text;
};

/** What is said of a correct sample and must not be; empty when all is well. */
export function noise(engine: Engine, sample: string): string[] {
  return findingsIn(engine, sample, sourceOf(sample))
    .filter(({ rule }) => !tolerated.has(rule))
    .map(({ rule, range, message }) => `${sample}:${range.start.line} ${rule}: ${message}`);
}

/** All mutants of all samples. */
export function makeMutants(parser: WasmParser): Mutant[] {
  return Object.entries(samples).flatMap(([name, { kind, rules }]) => {
    const text = sourceOf(name);
    const sample = parseSample(parser, name, text);
    return operators.flatMap((operator) => {
      const own = rules?.[operator.name];
      const expected = own === undefined ? operator.rule[kind] : own;
      if (expected === undefined || expected === null) return [];
      if (!ruleLevels.has(expected))
        throw new Error(`${operator.name} expects the rule '${expected}', which does not exist`);
      return operator.mutate(sample).map((mutation): Mutant => {
        const line = text.slice(0, mutation.at).split('\n').length;
        return { sample: name, operator: operator.name, line, text: mutation.text, expected };
      });
    });
  });
}

/** Why a mutant behaves as the sample does, or null. */
function equivalence({ sample, operator }: Mutant): string | null {
  return equivalents.find((entry) => entry.operator === operator && (entry.sample ?? sample) === sample)?.why ?? null;
}

/** Whether the expected rule speaks about a mutant. */
export function judge(engine: Engine, mutant: Mutant): Judged {
  const spoke = [...new Set(findingsIn(engine, mutant.sample, mutant.text).map(({ rule }) => rule))].filter(
    (rule) => !tolerated.has(rule),
  );
  const fate: Fate =
    equivalence(mutant) !== null ? 'equivalent' : spoke.includes(mutant.expected) ? 'caught' : 'missed';
  return { mutant, fate, spoke };
}
