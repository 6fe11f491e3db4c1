import { namedConstants } from '../../kernel/syntax';
import type { Node } from '../../syntax/parser';
import type { Expr, LValue, Span } from '../ir/ir';
import type { Builder } from './builder';
import { withDepth, emit, terminate, jump, load, lookUp, nameOf, newBlock, newTemp, span } from './builder';
import { isTransparent, lowerCall } from './calls';
import { inScope } from './scopes';
import { lowerBody } from './statements';
import { baseType, readDeclarator } from './types';

/** Lowers `node` to a value; emits operations and blocks for calls, assignments and short-circuit operators. */
export function lowerExpr(b: Builder, node: Node | null): Expr {
  return node ? withDepth(b, node, tooDeep, () => lowerNode(b, node)) : opaque('');
}

function lowerNode(b: Builder, node: Node): Expr {
  switch (node.type) {
    case 'identifier':
    case 'type_identifier':
    case 'field_identifier':
      return lowerName(b, node.text);
    case 'number_literal':
      return lowerNumber(node.text);
    case 'char_literal':
      return { k: 'int', value: node.text.codePointAt(1) ?? 0 };
    case 'true':
      return { k: 'int', value: 1 };
    case 'false':
    case 'null':
      return { k: 'int', value: 0 };
    case 'string_literal':
    case 'concatenated_string':
      return { k: 'string' };
    case 'parenthesized_expression':
      return lowerParenthesized(b, node);
    case 'field_expression':
    case 'subscript_expression':
      return load(lowerLValue(b, node));
    case 'pointer_expression':
      return lowerPointer(b, node);
    case 'unary_expression':
      return lowerUnary(b, node);
    case 'binary_expression':
      return lowerBinary(b, node);
    case 'assignment_expression':
      return lowerAssignment(b, node);
    case 'update_expression':
      return lowerUpdate(b, node);
    case 'call_expression':
      return lowerCall(b, node, false);
    case 'cast_expression':
      return lowerCast(b, node);
    case 'conditional_expression':
      return lowerConditional(b, node);
    case 'comma_expression':
      lowerDiscarded(b, node.childForFieldName('left'));
      return lowerExpr(b, node.childForFieldName('right'));
    case 'sizeof_expression':
    case 'alignof_expression':
    case 'offsetof_expression':
      // not evaluated
      return opaque(node.text);
    default:
      lowerCallsIn(b, node);
      return opaque(node.text);
  }
}

/** Lowers only the calls in a construct (a compound literal, inline assembly). */
export function lowerCallsIn(b: Builder, node: Node): void {
  for (const child of node.namedChildren) {
    if (child?.type === 'call_expression') lowerExpr(b, child);
    else if (child && child.type !== 'sizeof_expression') withDepth(b, child, undefined, () => lowerCallsIn(b, child));
  }
}

/** Lowers an expression statement. Some rules need to know that the value is discarded. */
export function lowerDiscarded(b: Builder, node: Node | null): void {
  if (node) withDepth(b, node, undefined, () => lowerDiscardedNode(b, node));
}

function lowerDiscardedNode(b: Builder, node: Node): void {
  switch (node.type) {
    case 'parenthesized_expression':
      return lowerDiscardedGroup(b, node);
    case 'call_expression':
      lowerCall(b, node, true);
      return;
    case 'assignment_expression':
    case 'update_expression':
      lowerExpr(b, node);
      return;
    case 'comma_expression':
      lowerDiscarded(b, node.childForFieldName('left'));
      return lowerDiscarded(b, node.childForFieldName('right'));
    case 'cast_expression':
      // `(void)expression`
      return lowerDiscarded(b, node.childForFieldName('value'));
    default: {
      const value = lowerExpr(b, node);
      if (value.k !== 'opaque') emit(b, { k: 'discard', value, at: span(b, node) });
    }
  }
}

function lowerDiscardedGroup(b: Builder, node: Node): void {
  const inner = firstNamed(node);
  if (inner?.type === 'compound_statement') lowerExpr(b, node);
  else lowerDiscarded(b, inner);
}

/** Lowers a condition to branches to `yes` and `no`, with one simple test per branch. */
export function lowerCondition(b: Builder, node: Node | null, yes: number, no: number, outer?: Span): void {
  const inner = stripParentheses(node);
  const whole = outer ?? (inner ? span(b, inner) : { start: 0, end: 0 });
  const otherwise = (): void => terminate(b, { k: 'choice', yes, no, atom: null, at: whole }, yes);
  const split = inner && withDepth(b, inner, null, () => lowerSplit(b, inner, yes, no, whole));
  if (split === null) return otherwise();
  if (split) return;
  const at = inner ? span(b, inner) : { start: 0, end: 0 };
  const condition = lowerExpr(b, inner);
  terminate(b, { k: 'branch', condition, yes, no, at, whole }, yes);
}

/** Lowers a compound condition; returns false if it is a simple one. */
function lowerSplit(b: Builder, inner: Node, yes: number, no: number, whole: Span): boolean {
  const { type } = inner;
  if (type === 'binary_expression') {
    const operator = inner.childForFieldName('operator')?.type;
    if (operator === '&&' || operator === '||') {
      const between = newBlock(b);
      lowerCondition(
        b,
        inner.childForFieldName('left'),
        operator === '&&' ? between : yes,
        operator === '&&' ? no : between,
        whole,
      );
      b.current = between;
      lowerCondition(b, inner.childForFieldName('right'), yes, no, whole);
      return true;
    }
  }
  if (type === 'unary_expression' && inner.childForFieldName('operator')?.type === '!') {
    lowerCondition(b, inner.childForFieldName('argument'), no, yes, whole);
    return true;
  }
  if (type === 'call_expression' && isTransparent(inner)) {
    lowerCondition(b, callArguments(inner)[0] ?? null, yes, no, whole);
    return true;
  }
  return false;
}

/** Lowers an lvalue. A value without a place is stored in a temporary. */
export function lowerLValue(b: Builder, node: Node | null): LValue {
  return node ? withDepth(b, node, deref(tooDeep), () => lowerPlace(b, node)) : deref(tooDeep);
}

function lowerPlace(b: Builder, node: Node): LValue {
  switch (node.type) {
    case 'identifier':
    case 'type_identifier':
      return nameOf(lookUp(b, node.text) ?? node.text);
    case 'parenthesized_expression':
      return lowerLValue(b, firstNamed(node));
    case 'field_expression': {
      const name = node.childForFieldName('field')?.text ?? '?';
      const argument = node.childForFieldName('argument');
      const arrow = node.childForFieldName('operator')?.type === '->';
      return { k: 'field', base: arrow ? deref(lowerExpr(b, argument)) : lowerLValue(b, argument), name };
    }
    case 'subscript_expression': {
      const base = lowerLValue(b, node.childForFieldName('argument'));
      return { k: 'element', base, index: lowerExpr(b, node.childForFieldName('index')) };
    }
    case 'pointer_expression':
      if (node.childForFieldName('operator')?.type === '*')
        return deref(lowerExpr(b, node.childForFieldName('argument')));
      break;
    case 'cast_expression':
      return lowerLValue(b, node.childForFieldName('value'));
  }
  const temp = newTemp(b);
  const value = lowerExpr(b, node);
  if (value.k === 'load') return value.from;
  emit(b, { k: 'set', temp, value, at: span(b, node) });
  return deref({ k: 'temp', id: temp });
}

/** The arguments of a call, without comments. */
export function callArguments(call: Node): Node[] {
  const list = call.childForFieldName('arguments');
  if (!list) return [];
  return list.namedChildren.filter((child): child is Node => child !== null && child.type !== 'comment');
}

/** The first named child that is not a comment. */
export function firstNamed(node: Node): Node | null {
  for (const child of node.namedChildren) if (child && child.type !== 'comment') return child;
  return null;
}

/** The place that a pointer points to; `*&x` is `x`. */
export function deref(pointer: Expr): LValue {
  return pointer.k === 'address' ? pointer.of : { k: 'deref', pointer };
}

const tooDeep: Expr = { k: 'opaque', text: '…' };

function opaque(text: string): Expr {
  return { k: 'opaque', text: text.length > 60 ? `${text.slice(0, 57)}…` : text };
}

function stripParentheses(node: Node | null): Node | null {
  let at = node;
  while (at?.type === 'parenthesized_expression') {
    const inner = firstNamed(at);
    if (!inner || inner.type === 'compound_statement') break;
    at = inner;
  }
  return at;
}

function lowerName(b: Builder, name: string): Expr {
  const local = lookUp(b, name);
  if (local !== undefined) return load(nameOf(local));
  const constant = namedConstants.get(name);
  return constant === undefined ? load(nameOf(name)) : { k: 'int', value: constant };
}

function lowerNumber(text: string): Expr {
  const digits = text.replace(/[uUlL]+$/, '');
  const value = /^0[0-7]+$/.test(digits) ? parseInt(digits, 8) : Number(digits);
  return Number.isFinite(value) ? { k: 'int', value } : opaque(text);
}

function lowerParenthesized(b: Builder, node: Node): Expr {
  const inner = firstNamed(node);
  if (inner?.type !== 'compound_statement') return lowerExpr(b, inner);
  // GNU statement expression: its value is that of the last expression statement.
  const statements = inner.namedChildren.filter((child): child is Node => child !== null && child.type !== 'comment');
  const last = statements.at(-1);
  const result = last?.type === 'expression_statement' ? last : null;
  const temp = newTemp(b);
  inScope(b, () => {
    lowerBody(b, result ? statements.slice(0, -1) : statements);
    const value = result ? lowerExpr(b, firstNamed(result)) : opaque(node.text);
    emit(b, { k: 'set', temp, value, at: span(b, node) });
  });
  return { k: 'temp', id: temp };
}

function lowerPointer(b: Builder, node: Node): Expr {
  const argument = node.childForFieldName('argument');
  if (node.childForFieldName('operator')?.type === '&') {
    const place = lowerLValue(b, argument);
    return place.k === 'deref' ? place.pointer : { k: 'address', of: place };
  }
  return load(deref(lowerExpr(b, argument)));
}

function lowerUnary(b: Builder, node: Node): Expr {
  const operator = node.childForFieldName('operator')?.type;
  const argument = node.childForFieldName('argument');
  if (operator === '+') return lowerExpr(b, argument);
  const a = lowerExpr(b, argument);
  if (operator === '-' && a.k === 'int') return { k: 'int', value: -a.value };
  if (operator === '!' || operator === '-' || operator === '~') return { k: 'unary', op: operator, a };
  return opaque(node.text);
}

function lowerBinary(b: Builder, node: Node): Expr {
  const op = node.childForFieldName('operator')?.type ?? '?';
  const left = node.childForFieldName('left');
  const right = node.childForFieldName('right');
  if (op === '&&' || op === '||') return lowerShortCircuit(b, node, op, left, right);
  const a = lowerExpr(b, left);
  return { k: 'binary', op, a, b: lowerExpr(b, right) };
}

/** Lowers a short-circuit operator used as a value: symbolic if the right side is pure, otherwise as branches. */
function lowerShortCircuit(b: Builder, node: Node, op: string, left: Node | null, right: Node | null): Expr {
  if (right && !mayHaveEffect(right)) {
    const a = lowerExpr(b, left);
    return { k: 'binary', op, a, b: lowerExpr(b, right) };
  }
  return joinValues(b, node, (yes, no) => lowerCondition(b, node, yes, no), [
    () => ({ k: 'int', value: 1 }),
    () => ({ k: 'int', value: 0 }),
  ]);
}

function lowerConditional(b: Builder, node: Node): Expr {
  const condition = node.childForFieldName('condition');
  const consequence = node.childForFieldName('consequence');
  const alternative = node.childForFieldName('alternative');
  return joinValues(b, node, (yes, no) => lowerCondition(b, condition, yes, no), [
    // `a ?: b`: the condition is evaluated twice, which is harmless for conditions in real code
    () => lowerExpr(b, consequence ?? condition),
    () => lowerExpr(b, alternative),
  ]);
}

function joinValues(
  b: Builder,
  node: Node,
  test: (yes: number, no: number) => void,
  values: readonly [() => Expr, () => Expr],
): Expr {
  const [yes, no, after] = [newBlock(b), newBlock(b), newBlock(b)];
  const temp = newTemp(b);
  test(yes, no);
  b.current = yes;
  emit(b, { k: 'set', temp, value: values[0](), at: span(b, node) });
  jump(b, after, no);
  emit(b, { k: 'set', temp, value: values[1](), at: span(b, node) });
  jump(b, after);
  return { k: 'temp', id: temp };
}

function mayHaveEffect(node: Node): boolean {
  return node.descendantsOfType(['call_expression', 'assignment_expression', 'update_expression']).length > 0;
}

function lowerAssignment(b: Builder, node: Node): Expr {
  const operator = node.childForFieldName('operator')?.type ?? '=';
  const right = node.childForFieldName('right');
  const left = node.childForFieldName('left');
  const value = lowerExpr(b, right);
  const to = lowerLValue(b, left);
  const stored: Expr = operator === '=' ? value : { k: 'binary', op: operator.slice(0, -1), a: load(to), b: value };
  emit(b, { k: 'assign', to, value: stored, at: span(b, node) });
  return load(to);
}

function lowerUpdate(b: Builder, node: Node): Expr {
  const to = lowerLValue(b, node.childForFieldName('argument'));
  const op = node.childForFieldName('operator')?.type === '--' ? '-' : '+';
  const prefix = ['++', '--'].includes(node.child(0)?.type ?? '');
  const before = newTemp(b);
  if (!prefix) emit(b, { k: 'set', temp: before, value: load(to), at: span(b, node) });
  const value: Expr = { k: 'binary', op, a: load(to), b: { k: 'int', value: 1 } };
  emit(b, { k: 'assign', to, value, at: span(b, node) });
  return prefix ? load(to) : { k: 'temp', id: before };
}

function lowerCast(b: Builder, node: Node): Expr {
  const type = node.childForFieldName('type');
  const base = baseType(type);
  const a = lowerExpr(b, node.childForFieldName('value'));
  const { pointers } = readDeclarator(type?.childForFieldName('declarator') ?? null);
  return base.name.startsWith('struct ') ? { k: 'cast', a, type: { name: base.name, pointers } } : a;
}
