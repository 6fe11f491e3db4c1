import type { Terminator } from './ir';

/** The blocks that control can go to from `end`. */
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
