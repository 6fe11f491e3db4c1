import { sharedCandidateWords } from '../../kernel/candidates';
import type { FaultRule } from '../faults/rule';
import type { GroupRule, GroupTopic } from '../group';
import type { ObservationRule } from '../observation';
import type { TextRule } from '../patch/text-rule';
import type { RuleFacts } from '../rule';
import type { Level } from '../types';
import { all } from './all';

/** A rule of any kind: on device paths, on faults of a function, on what a file says, on the text of a patch. */
export type Rule = GroupRule | FaultRule | ObservationRule | TextRule;

const rules: readonly Rule[] = all;

const ofKind = <K extends Rule['kind']>(kind: K): (Rule & { kind: K })[] =>
  rules.filter((rule): rule is Rule & { kind: K } => rule.kind === kind);

const on = (topic: GroupTopic): readonly GroupRule[] => ofKind('path').filter((rule) => rule.on.includes(topic));

/** The ids of all causes, most specific first: of several that match, the first is the finding. */
export const causeOrder: readonly string[] = [
  'tlb-mem-reset',
  'tlb-mem-cleared-late',
  'disable-no-effect',
  'wrong-trust-flag',
  'shared-dma-without-bounce',
  'swiotlb-reachable',
];

const rank = ({ id }: GroupRule): number => causeOrder.indexOf(id);

/** Causes of one bad outcome, in the order of {@link causeOrder}. */
export const causes: readonly GroupRule[] = [...on('cause')].sort((a, b) => rank(a) - rank(b));

/** Outcomes that are reported beside a cause. */
export const companions: readonly GroupRule[] = on('companion');

/** On coherent allocations. */
export const aboutAllocations: readonly GroupRule[] = on('allocation');

/** On registrations and maps, of kernels whose pools grow. */
export const aboutTransientPools: readonly GroupRule[] = on('transient-pool');

/** On calls that set a mask, and on mappings without one. */
export const aboutMasks: readonly GroupRule[] = on('mask');

/** On the end of the object that holds a device. */
export const aboutFrees: readonly GroupRule[] = on('free');

/** What the code says without a run. */
export const observations: readonly ObservationRule[] = ofKind('file');

/** What functions do wrong to mappings, to memory that the host may see, and under locks. */
export const faultRules: readonly FaultRule[] = ofKind('fault');

/** What patches say of themselves. */
export const textRules: readonly TextRule[] = ofKind('text');

/** What each rule says about itself, by subject. */
export const ruleFacts: readonly RuleFacts[] = rules;

/** Every rule with its level, by id. */
export const ruleLevels: ReadonlyMap<string, Level> = new Map(rules.map(({ id, level }) => [id, level]));

/** Words of which a file has to hold one: a walk looks for them before anything is parsed. */
export const candidateTokens: readonly string[] = [
  ...new Set([...sharedCandidateWords, ...rules.flatMap(({ words = [] }) => [...words])]),
];
