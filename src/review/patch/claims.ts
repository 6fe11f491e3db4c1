import type { Message } from './types';
import { findInProse, proseText } from './prose';

const bouncing = String.raw`(?:bounc\w*|swiotlb\w*|dma_io_tlb_mem|io[_ ]tlb\w*)`;
/** What is done to the pool, or to the use that a device makes of it. */
const ending = String.raw`(?:disabl|avoid|skip|bypass|opt(?:s|ed)? out|tak(?:e|es|ing) (?:\w+ ){0,6}?away|turn(?:s|ed)? off|(?:keep|kept|take|leave)s?(?:\s+\S+){1,8}?\s+out\s+of)`;
/** What is also done to code that only has to do with the pool. */
const ceasing = String.raw`(?:prevent|eliminat|remov|stop|drop|get(?:s|ting)? rid|without|no longer)`;
const not = String.raw`(?:do|does|need|needs|must|should|will|is|are|be)(?:\s+not|n't)(?:\s+(?:need|needed|have|be|to|use|require|go|pass|through|the|an?|any|its|their|want|get)){0,6}`;
const ended = String.raw`(?:disabled|avoided|skipped|bypassed|unnecessary|superfluous|(?:not|no longer|never) (?:be )?(?:needed|used|required|necessary|wanted|involved|taken))`;
const within = String.raw`(?:(?![.;]\s)[^]){0,90}?`;

/** Says that data is not to go through the bounce pool, in either order of the words. */
const claim = new RegExp(
  [
    String.raw`\b${ending}\w*\b${within}\b${bouncing}`,
    String.raw`\b${ceasing}\w*\b${within}\bbounc\w*`,
    String.raw`\b${not}\s+${bouncing}`,
    String.raw`\b${bouncing}\b${within}\b${ended}\b`,
  ].join('|'),
  'gi',
);

/** Takes back what follows it: "does not disable". */
const negation = /\b(?:not|n't|never|cannot|instead of|rather than|without)\s+(?:to\s+)?(?:\w+ly\s+)?$/i;

/** The line on which a patch says that it takes devices out of the bounce pool; null where it does not say so. */
export function claimLine(message: Message): number | null {
  const text = proseText(message);
  const claims = findInProse(message, claim).filter(({ match }) => {
    const negatable = !/^(?:do|does|needs?|must|should|will|is|are|be|without|no longer)\b/i.test(match[0]);
    return !(negatable && negation.test(text.slice(Math.max(0, match.index - 40), match.index)));
  });
  return claims[0]?.line ?? null;
}

/** Speaks of what a bounce gives away: that the host can see it. */
const exposure =
  /\b(?:expos\w+|leak\w*|disclos\w+|reveal\w*|decrypt\w*|unencrypted|un-encrypted|plain ?text|in the clear|confidentiality|visible|readable|secrecy|secrets?|untrusted)\b|\bhost\b[^.]{0,40}\b(?:sees?|reads?|access\w*|observes?|snoops?|inspects?)\b|\bshared (?:memory|with the (?:host|hypervisor))/i;

/** True where a message says what bouncing does to the data, not only that it is not needed. */
export function speaksOfExposure(message: Message): boolean {
  return exposure.test(message.prose.map(({ text }) => text).join(' '));
}
