import { claimLine, speaksOfExposure } from '../../patch/claims';
import type { TextRule } from '../../patch/text-rule';

/** A patch that takes the pool away gives a reason that is not the one that counts. */
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
          'say why the pool is taken away: bouncing copies private data to memory that the host can read; that it is not needed is no reason',
      },
    ];
  },
};
