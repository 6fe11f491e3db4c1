import { claimLine, speaksOfExposure } from '../../patch/claims';
import type { TextRule } from '../../patch/text-rule';

/** A patch that clears the pool does not say that bouncing exposes data. */
export const whyNotPerformance: TextRule = {
  kind: 'text',
  id: 'why-not-performance',
  title: 'The patch does not say that bouncing exposes data',
  level: 'hint',
  basis: 'seen',
  tiers: ['certain'],
  find(message, { takesPoolAway }) {
    const claimed = claimLine(message);
    const silent = message.prose.every(({ text }) => text.trim() === '');
    if (silent || (claimed === null && !takesPoolAway) || speaksOfExposure(message)) return [];
    return [
      {
        line: claimed ?? message.subject.line,
        message:
          'the patch avoids bouncing but does not say that bouncing exposes private data to the host; that it is unnecessary is not a sufficient reason',
      },
    ];
  },
};
