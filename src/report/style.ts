import type { Level } from '../review/types';

/** What a piece of output is; how it looks is the painter's business. */
export type Role = Level | 'gutter' | 'secondary' | 'strong' | 'good' | 'bad' | 'dim';

/** Gives a text the look of its role. Widths are computed before painting: a painter adds nothing visible. */
export type Painter = (role: Role, text: string) => string;

const codes: Record<Role, string> = {
  error: '1;31',
  warning: '1;33',
  hint: '1;36',
  gutter: '94',
  secondary: '94',
  strong: '1',
  good: '32',
  bad: '31',
  dim: '2',
};

/** Plain text. */
export const plain: Painter = (_role, text) => text;

/** ANSI colours, for a terminal. */
export const ansi: Painter = (role, text) => (text === '' ? '' : `\u001b[${codes[role]}m${text}\u001b[0m`);
