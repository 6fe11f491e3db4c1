import { formatCondition, type Condition } from '../../syntax/condition';
import type { Node } from '../../syntax/parser';
import { directiveCondition } from '../lower/statements';
import type { ConfigLiteral } from './types';

/** A condition as literals; what is no conjunction of symbols is one literal by itself. */
export function literalsOf(condition: Condition | undefined): ConfigLiteral[] {
  if (!condition || condition.kind === 'constant') return [];
  if (condition.kind === 'symbol') return [{ atom: condition.name, holds: true }];
  if (condition.kind === 'and') return [...literalsOf(condition.left), ...literalsOf(condition.right)];
  if (condition.kind === 'not' && condition.operand.kind === 'symbol')
    return [{ atom: condition.operand.name, holds: false }];
  return [{ atom: formatCondition(condition), holds: true }];
}

export interface TopLevelItem {
  readonly node: Node;
  readonly when: readonly ConfigLiteral[];
}

/** Top-level items with the `#if` they stand under, looking into `extern "C"` too. */
export function topLevel(node: Node, text: string, when: readonly ConfigLiteral[] = []): TopLevelItem[] {
  return node.namedChildren.flatMap((child): TopLevelItem[] => {
    if (!child) return [];
    switch (child.type) {
      case 'preproc_if':
      case 'preproc_ifdef':
      case 'preproc_elif':
      case 'preproc_elifdef':
        return conditionalItems(child, text, when);
      case 'preproc_else':
      case 'linkage_specification':
      case 'declaration_list':
        return topLevel(child, text, when);
      default:
        return [{ node: child, when }];
    }
  });
}

function conditionalItems(node: Node, text: string, when: readonly ConfigLiteral[]): TopLevelItem[] {
  const { atom, negated } = directiveCondition(text, node.startIndex);
  const alternative = node.childForFieldName('alternative');
  const inside = topLevel(node, text, [...when, { atom, holds: !negated }]).filter(
    (item) => !alternative || item.node.startIndex < alternative.startIndex,
  );
  if (!alternative) return inside;
  const otherwise = [...when, { atom, holds: negated }];
  const rest =
    alternative.type === 'preproc_else'
      ? topLevel(alternative, text, otherwise)
      : conditionalItems(alternative, text, otherwise);
  return [...inside, ...rest];
}
