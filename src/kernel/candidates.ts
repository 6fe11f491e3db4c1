/** Which texts hold anything to analyse. */
import { bounceCalls, conversionCalls, globalOperations, seedWords } from './api';
import { packetCalls, resourceWords } from './resources';
import { externalMemoryFlag } from './trust';

/** Words without which a file holds nothing to analyse by itself: what a walk looks for before anything is parsed. */
export const candidateTokens: readonly string[] = [
  ...new Set([
    ...seedWords,
    ...bounceCalls,
    ...conversionCalls,
    ...packetCalls,
    ...resourceWords,
    globalOperations,
    externalMemoryFlag,
  ]),
];

/** Finds any of some identifiers in a text, as whole words. */
export const anyOf = (words: Iterable<string>): RegExp => new RegExp(`\\b(?:${[...words].join('|')})\\b`);
