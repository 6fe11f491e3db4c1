import type { Terminator } from './ir';

/** The successors of the block that `end` terminates. */
export function successors(end: Terminator): readonly number[] {
  switch (end.k) {
    case 'jump':
      return [end.to];
    case 'branch':
    case 'choice':
      return [end.yes, end.no];
    case 'return':
    case 'stop':
      return [];
  }
}
