/** Which texts hold anything to analyze. */
import { seedWords } from './api';
import { mappingCalls } from './resources';

/** Words that make a file a candidate for every rule: device and DMA calls, and the pool. Rules add words of their own. */
export const sharedCandidateWords: ReadonlySet<string> = new Set([...seedWords, ...mappingCalls]);

/** Finds any of some identifiers in a text, as whole words. */
export const anyOf = (words: Iterable<string>): RegExp => new RegExp(`\\b(?:${[...words].join('|')})\\b`);
