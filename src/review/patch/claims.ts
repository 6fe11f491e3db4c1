import type { Message } from './types';
import { findInProse, proseText } from './prose';

const bouncing = String.raw`(?:bounc\w*|swiotlb\w*|dma_io_tlb_mem|io[_ ]tlb\w*)`;
/** Verbs that end the use of the pool. */
const ending = String.raw`(?:disabl|avoid|skip|bypass|opt(?:s|ed)? out|tak(?:e|es|ing) (?:\w+ ){0,6}?away|turn(?:s|ed)? off|(?:keep|kept|take|leave)s?(?:\s+\S+){1,8}?\s+out\s+of)`;
/** Verbs that end bouncing but may also be about other code. */
const ceasing = String.raw`(?:prevent|eliminat|remov|stop|drop|get(?:s|ting)? rid|without|no longer)`;
const not = String.raw`(?:do|does|need|needs|must|should|will|is|are|be)(?:\s+not|n't)(?:\s+(?:need|needed|have|be|to|use|require|go|pass|through|the|an?|any|its|their|want|get)){0,6}`;
const ended = String.raw`(?:disabled|avoided|skipped|bypassed|unnecessary|superfluous|(?:not|no longer|never) (?:be )?(?:needed|used|required|necessary|wanted|involved|taken))`;
const within = String.raw`(?:(?![.;]\s)[^]){0,90}?`;

/** Says that data should not go through the bounce pool, in either word order. */
const claim = new RegExp(
  [
    String.raw`\b${ending}\w*\b${within}\b${bouncing}`,
    String.raw`\b${ceasing}\w*\b${within}\bbounc\w*`,
    String.raw`\b${not}\s+${bouncing}`,
    String.raw`\b${bouncing}\b${within}\b${ended}\b`,
  ].join('|'),
  'gi',
);

/** Negates what follows: "does not disable". */
const negation = /\b(?:not|n't|never|cannot|instead of|rather than|without)\s+(?:to\s+)?(?:\w+ly\s+)?$/i;

/** The line on which a patch says that it stops devices from bouncing; null if it does not say so. */
export function claimLine(message: Message): number | null {
  const text = proseText(message);
  const claims = findInProse(message, claim).filter(({ match }) => {
    const negatable = !/^(?:do|does|needs?|must|should|will|is|are|be|without|no longer)\b/i.test(match[0]);
    return !(negatable && negation.test(text.slice(Math.max(0, match.index - 40), match.index)));
  });
  return claims[0]?.line ?? null;
}

/** Mentions that the host can read bounced data. */
const exposure =
  /\b(?:expos\w+|leak\w*|disclos\w+|reveal\w*|decrypt\w*|unencrypted|un-encrypted|plain ?text|in the clear|confidentiality|visible|readable|secrecy|secrets?|untrusted)\b|\bhost\b[^.]{0,40}\b(?:sees?|reads?|access\w*|observes?|snoops?|inspects?)\b|\bshared (?:memory|with the (?:host|hypervisor))/i;

/** True if a message says that bouncing exposes data, not only that it is unnecessary. */
export function speaksOfExposure(message: Message): boolean {
  return exposure.test(message.prose.map(({ text }) => text).join(' '));
}
