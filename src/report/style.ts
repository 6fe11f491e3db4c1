import type { Level } from '../review/types';

/** The role of a piece of output; the painter decides how it looks. */
export type Role = Level | 'gutter' | 'secondary' | 'strong' | 'good' | 'bad' | 'dim';

/** Styles a text by its role. Widths are computed before painting, so a painter adds no visible characters. */
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

/** ANSI colors, for a terminal. */
export const ansi: Painter = (role, text) => (text === '' ? '' : `\u001b[${codes[role]}m${text}\u001b[0m`);
