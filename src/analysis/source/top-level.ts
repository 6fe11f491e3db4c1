import { formatCondition, type Condition } from '../../syntax/condition';
import type { TextRange } from '../../syntax/mask';
import type { Node } from '../../syntax/parser';
import { directiveCondition } from '../lower/statements';
import type { ConfigLiteral } from './types';

/** A condition as literals; an operand other than a symbol or its negation becomes one literal. */
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

/** A range of a text inside an `#if`. */
export interface Conditional extends TextRange {
  readonly when: readonly ConfigLiteral[];
}

/**
 * Top-level items with their enclosing `#if`, including those inside `extern "C"`. Ranges inside an `#if` are added to
 * `conditionals`, the outer before the inner.
 */
export function topLevel(
  node: Node,
  text: string,
  conditionals: Conditional[] = [],
  when: readonly ConfigLiteral[] = [],
): TopLevelItem[] {
  return itemsAmong(node.namedChildren, text, conditionals, when);
}

function itemsAmong(
  children: readonly (Node | null)[],
  text: string,
  conditionals: Conditional[],
  when: readonly ConfigLiteral[],
): TopLevelItem[] {
  return children.flatMap((child): TopLevelItem[] => {
    if (!child) return [];
    switch (child.type) {
      case 'preproc_if':
      case 'preproc_ifdef':
      case 'preproc_elif':
      case 'preproc_elifdef':
        return conditionalItems(child, text, conditionals, when);
      case 'preproc_else':
      case 'linkage_specification':
      case 'declaration_list':
        return topLevel(child, text, conditionals, when);
      default:
        return [{ node: child, when }];
    }
  });
}

/** `end` is the end of the whole conditional: the node of an empty arm ends after its directive. */
function conditionalItems(
  node: Node,
  text: string,
  conditionals: Conditional[],
  outer: readonly ConfigLiteral[],
  end = node.endIndex,
): TopLevelItem[] {
  const { atom, negated } = directiveCondition(text, node.startIndex);
  const alternative = node.childForFieldName('alternative');
  const when = [...outer, { atom, holds: !negated }];
  conditionals.push({ start: node.startIndex, end: alternative?.startIndex ?? end, when });
  const children = node.namedChildren.filter((child) => child?.id !== alternative?.id);
  const inside = itemsAmong(children, text, conditionals, when);
  if (!alternative) return inside;
  const otherwise = [...outer, { atom, holds: negated }];
  if (alternative.type !== 'preproc_else')
    return [...inside, ...conditionalItems(alternative, text, conditionals, otherwise, end)];
  conditionals.push({ start: alternative.startIndex, end, when: otherwise });
  return [...inside, ...topLevel(alternative, text, conditionals, otherwise)];
}
