import { loopMacroCursors } from '../../kernel/syntax';
import type { Node } from '../../syntax/parser';
import type { Builder } from './builder';
import { declare, withDepth, emit, terminate, jump, lookUp, nameOf, newBlock, span } from './builder';
import { callArguments, firstNamed, lowerCallsIn, lowerCondition, lowerDiscarded, lowerExpr } from './expressions';
import { addFreeCleanup, lowerReturn, lowerScopedGuard } from './guards';
import { inScope, emitGoto, emitLoopExit, emitLabel } from './scopes';
import { baseType, declaredType, readDeclarator } from './types';

/** Lowers statements in order. */
export function lowerBody(b: Builder, statements: readonly (Node | null)[]): void {
  for (const statement of statements) if (statement) lowerStatement(b, statement);
}

/** Lowers one statement, starting in the current block. */
export function lowerStatement(b: Builder, node: Node | null): void {
  if (node) withDepth(b, node, undefined, () => lowerStatementNode(b, node));
}

function lowerStatementNode(b: Builder, node: Node): void {
  switch (node.type) {
    case 'compound_statement':
      return inScope(b, () => lowerBody(b, node.namedChildren));
    case 'expression_statement':
      return lowerDiscarded(b, firstNamed(node));
    case 'declaration':
      return lowerDeclaration(b, node);
    case 'if_statement':
      return lowerIf(b, node);
    case 'while_statement':
      return lowerWhile(b, node);
    case 'do_statement':
      return lowerDo(b, node);
    case 'for_statement':
      return inScope(b, () => lowerFor(b, node));
    case 'switch_statement':
      return lowerSwitch(b, node);
    case 'case_statement':
      // a case outside a switch: only in broken code
      return lowerBody(b, caseBody(node));
    case 'break_statement':
      return lowerLoopExit(b, node, 'breakTo');
    case 'continue_statement':
      return lowerLoopExit(b, node, 'continueTo');
    case 'return_statement': {
      const value = firstNamed(node);
      return lowerReturn(b, value ? lowerExpr(b, value) : null, span(b, node));
    }
    case 'goto_statement':
      return emitGoto(b, node.childForFieldName('label')?.text ?? '?');
    case 'labeled_statement':
      emitLabel(b, node.childForFieldName('label')?.text ?? '?');
      return lowerBody(b, node.namedChildren.slice(1));
    case 'attributed_statement':
      return lowerBody(b, node.namedChildren);
    case 'preproc_if':
    case 'preproc_elif':
    case 'preproc_ifdef':
    case 'preproc_elifdef':
      return lowerConditionalText(b, node);
    case 'ERROR':
      b.gaps.push({ why: 'a statement could not be parsed', at: span(b, node) });
      return;
  }
}

function lowerDeclaration(b: Builder, node: Node): void {
  const base = baseType(node);
  const isStatic = node.namedChildren.some(
    (child) => child?.type === 'storage_class_specifier' && child.text === 'static',
  );
  let last = node.startIndex;
  for (const child of node.namedChildren) {
    if (!child) continue;
    const initialized = child.type === 'init_declarator';
    if (!initialized && !child.type.endsWith('declarator') && child.type !== 'identifier') continue;
    const declarator = readDeclarator(initialized ? child.childForFieldName('declarator') : child);
    if (declarator.name === null || child.id === node.childForFieldName('type')?.id) continue;
    if (declarator.parameters && declarator.pointers === 0) continue;
    const unique = lowerVariable(b, child, declaredType(base, declarator), declarator.name, initialized);
    if (isStatic || declarator.array) b.storage.set(unique, isStatic ? 'static' : 'array');
    // `__free(x)` can precede or follow the name
    const next = child.nextNamedSibling?.startIndex ?? node.endIndex;
    addFreeCleanup(b, unique, last, next);
    last = next;
  }
}

function lowerVariable(
  b: Builder,
  node: Node,
  type: ReturnType<typeof declaredType>,
  name: string,
  initialized: boolean,
): string {
  const value = initialized ? node.childForFieldName('value') : null;
  // the initializer is evaluated first; the new name is in scope there only for `sizeof`, which is not lowered
  const aggregate = value?.type === 'initializer_list';
  const lowered = value && !aggregate ? lowerExpr(b, value) : null;
  const unique = declare(b, name, type);
  if (lowered) emit(b, { k: 'assign', to: nameOf(unique), value: lowered, at: span(b, node) });
  if (aggregate) lowerInitializer(b, unique, value, node);
  return unique;
}

/** Lowers `= { .field = value, … }`: members that are not named are zero. */
function lowerInitializer(b: Builder, variable: string, list: Node, node: Node): void {
  const at = span(b, node);
  emit(b, { k: 'assign', to: nameOf(variable), value: { k: 'int', value: 0 }, at });
  for (const pair of list.namedChildren) {
    const field = pair?.childForFieldName('designator')?.text.replace(/^\./, '');
    const value = pair?.childForFieldName('value');
    if (
      pair?.type !== 'initializer_pair' ||
      !field ||
      !value ||
      value.type === 'initializer_list' ||
      !/^\w+$/.test(field)
    ) {
      if (pair?.type === 'call_expression') lowerExpr(b, pair);
      else if (pair) lowerCallsIn(b, pair);
      continue;
    }
    emit(b, {
      k: 'assign',
      to: { k: 'field', base: nameOf(variable), name: field },
      value: lowerExpr(b, value),
      at: span(b, pair),
    });
  }
}

function lowerIf(b: Builder, node: Node): void {
  const condition = node.childForFieldName('condition');
  const consequence = node.childForFieldName('consequence');
  if (b.source.guardAt(node.startIndex)) return lowerScopedGuard(b, node, consequence);
  if (b.source.macroAt(node.startIndex) !== undefined) {
    // a loop whose name is too short for `while`
    lowerStatement(b, consequence);
    return;
  }
  const alternative = node.childForFieldName('alternative');
  const [yes, after] = [newBlock(b), newBlock(b)];
  const no = alternative ? newBlock(b) : after;
  lowerCondition(b, condition, yes, no);
  b.current = yes;
  lowerStatement(b, consequence);
  jump(b, after, no);
  if (alternative) {
    lowerBody(b, alternative.type === 'else_clause' ? alternative.namedChildren : [alternative]);
    jump(b, after);
  }
  b.current = after;
}

function lowerWhile(b: Builder, node: Node): void {
  const [head, body, after] = [newBlock(b), newBlock(b), newBlock(b)];
  const condition = node.childForFieldName('condition');
  const macro = b.source.macroAt(node.startIndex);
  jump(b, head);
  if (macro === undefined) lowerCondition(b, condition, body, after);
  else lowerLoopMacro(b, macro, condition, body, after);
  b.current = body;
  const latch = newBlock(b);
  inLoop(b, after, latch, () => lowerStatement(b, node.childForFieldName('body')));
  jump(b, latch);
  havocAssigned(b, node);
  jump(b, head, after);
}

/** Widening: havocs the variables that a loop assigns before the next iteration. */
function havocAssigned(b: Builder, loop: Node): void {
  const assigned = new Set<string>();
  for (const node of loop.descendantsOfType(['assignment_expression', 'update_expression'])) {
    const target = node?.childForFieldName('left') ?? node?.childForFieldName('argument');
    const name = target?.type === 'identifier' ? lookUp(b, target.text) : undefined;
    if (name !== undefined) assigned.add(name);
  }
  const at = span(b, loop);
  // distinct ranges, because the range identifies the unknown value that a havoc creates
  [...assigned].forEach((name, i) => {
    emit(b, { k: 'havoc', to: nameOf(name), at: { start: at.start, end: at.start + i } });
  });
}

/** Lowers the head of an iteration macro: havocs the cursor in every iteration, and runs any number of iterations. */
function lowerLoopMacro(b: Builder, macro: string, condition: Node | null, body: number, after: number): void {
  const cursors = loopMacroCursors.get(macro);
  const at = condition ? span(b, condition) : { start: 0, end: 0 };
  flattenCommas(condition).forEach((argument, index) => {
    const name = argument.type === 'identifier' ? lookUp(b, argument.text) : undefined;
    if (name !== undefined && (cursors?.includes(index) ?? true)) emit(b, { k: 'havoc', to: nameOf(name), at });
  });
  terminate(b, { k: 'choice', yes: body, no: after, atom: null, at }, body);
}

function flattenCommas(node: Node | null): Node[] {
  if (!node) return [];
  if (node.type === 'parenthesized_expression') return flattenCommas(firstNamed(node));
  if (node.type === 'call_expression') return callArguments(node);
  if (node.type !== 'comma_expression') return [node];
  return [...flattenCommas(node.childForFieldName('left')), ...flattenCommas(node.childForFieldName('right'))];
}

function lowerDo(b: Builder, node: Node): void {
  const [body, test, after] = [newBlock(b), newBlock(b), newBlock(b)];
  jump(b, body);
  inLoop(b, after, test, () => lowerStatement(b, node.childForFieldName('body')));
  jump(b, test);
  lowerCondition(b, node.childForFieldName('condition'), body, after);
  b.current = after;
}

function lowerFor(b: Builder, node: Node): void {
  const initializer = node.childForFieldName('initializer');
  if (initializer?.type === 'declaration') lowerDeclaration(b, initializer);
  else lowerDiscarded(b, initializer);
  const [head, body, update, after] = [newBlock(b), newBlock(b), newBlock(b), newBlock(b)];
  const condition = node.childForFieldName('condition');
  jump(b, head);
  if (condition) lowerCondition(b, condition, body, after);
  else jump(b, body);
  b.current = body;
  inLoop(b, after, update, () => lowerStatement(b, node.childForFieldName('body')));
  jump(b, update);
  lowerDiscarded(b, node.childForFieldName('update'));
  havocAssigned(b, node);
  jump(b, head, after);
}

function inLoop(b: Builder, breakTo: number, continueTo: number | null, body: () => void): void {
  b.exits.push({ breakTo, continueTo, depth: b.scopes.length });
  body();
  b.exits.pop();
}

function lowerSwitch(b: Builder, node: Node): void {
  const condition = firstNamed(node.childForFieldName('condition') ?? node);
  const subject = lowerExpr(b, condition);
  const whole = span(b, condition ?? node);
  const after = newBlock(b);
  const cases = casesOf(node.childForFieldName('body'));
  const bodies = cases.map(() => newBlock(b));
  let fallback = after;
  cases.forEach(({ label }, i) => {
    const value = label.childForFieldName('value');
    const body = bodies[i] ?? after;
    if (!value) {
      fallback = body;
      return;
    }
    const next = newBlock(b);
    const at = span(b, value);
    if (b.source.macroAt(value.startIndex) !== undefined) {
      // a case range: a nondeterministic branch
      terminate(b, { k: 'choice', yes: body, no: next, atom: null, at }, next);
      return;
    }
    const test = { k: 'binary', op: '==', a: subject, b: lowerExpr(b, value) } as const;
    terminate(b, { k: 'branch', condition: test, yes: body, no: next, at, whole }, next);
  });
  jump(b, fallback);
  const end = newBlock(b);
  inLoop(b, after, null, () =>
    inScope(b, () => {
      cases.forEach(({ label, rest }, i) => {
        b.current = bodies[i] ?? end;
        lowerBody(b, [...caseBody(label), ...rest]);
        jump(b, bodies[i + 1] ?? end);
      });
      b.current = end;
    }),
  );
  jump(b, after);
}

interface Case {
  readonly label: Node;
  /** Statements after a conditional directive, which ends the syntax node of the case. */
  readonly rest: Node[];
}

function casesOf(body: Node | null): Case[] {
  const cases: Case[] = [];
  for (const child of body?.namedChildren ?? []) {
    if (child.type === 'case_statement') cases.push({ label: child, rest: [] });
    else cases.at(-1)?.rest.push(child);
  }
  return cases;
}

function caseBody(label: Node): Node[] {
  const value = label.childForFieldName('value');
  return label.namedChildren.filter((child): child is Node => child !== null && child.id !== value?.id);
}

function lowerLoopExit(b: Builder, node: Node, way: 'breakTo' | 'continueTo'): void {
  if (emitLoopExit(b, way)) return;
  b.gaps.push({ why: `${node.type.replace('_statement', '')} outside a loop`, at: span(b, node) });
}

/** Lowers an `#if` around whole statements: a nondeterministic branch, with the symbol as an atom of the path condition. */
function lowerConditionalText(b: Builder, node: Node): void {
  const alternative = node.childForFieldName('alternative');
  const test = node.childForFieldName('condition') ?? node.childForFieldName('name');
  const { atom, negated } = directiveCondition(b.source.text, node.startIndex);
  const [yes, no, after] = [newBlock(b), newBlock(b), newBlock(b)];
  const [then, otherwise] = negated ? [no, yes] : [yes, no];
  terminate(b, { k: 'choice', yes, no, atom, at: test ? span(b, test) : span(b, node) }, then);
  lowerBody(
    b,
    node.namedChildren.filter((child) => child && child.id !== test?.id && child.id !== alternative?.id),
  );
  jump(b, after, otherwise);
  if (alternative?.type === 'preproc_else') lowerBody(b, alternative.namedChildren);
  else if (alternative) lowerStatement(b, alternative);
  jump(b, after);
}

/**
 * The condition of a directive as an atom, in the author's spelling. `defined(CONFIG_X)`, `IS_ENABLED(CONFIG_X)` and
 * `#ifdef CONFIG_X` have the same atom.
 */
export function directiveCondition(text: string, offset: number): { atom: string; negated: boolean } {
  const line = /^.*(?:\\\r?\n.*)*/.exec(text.slice(offset, offset + 1000))?.[0] ?? '';
  const [, keyword = '', condition = ''] = /^#\s*(\w+)\s*([^]*)/.exec(line.replace(/\/\*.*?\*\/|\/\/.*/g, ' ')) ?? [];
  const plain = condition
    .replace(/\b(?:defined|IS_ENABLED|IS_BUILTIN|IS_REACHABLE)\s*\(?\s*(\w+)\s*\)?/g, '$1')
    .replace(/\s+/g, ' ')
    .trim();
  const bang = /^!\s*(\w+)$/.exec(plain);
  const opposite = /^(el)?ifndef$/.test(keyword);
  return bang ? { atom: bang[1] ?? plain, negated: !opposite } : { atom: plain, negated: opposite };
}
