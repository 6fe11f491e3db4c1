import {
  assertingCalls,
  containerCalls,
  containerHelpers,
  stoppingCalls,
  storeCalls,
  transparentCalls,
  warningCalls,
} from '../../kernel/syntax';
import type { Node } from '../../syntax/parser';
import type { Expr, Span } from '../ir/ir';
import type { Builder } from './builder';
import { emit, terminate, load, lookUp, newBlock, newTemp, span } from './builder';
import { lowerGuard, lowerReturnPtr, lowerNoFree } from './guards';
import { callArguments, deref, firstNamed, lowerCondition, lowerExpr, lowerLValue } from './expressions';

/** True for a call whose value is that of its first argument. */
export function isTransparent(call: Node): boolean {
  const name = call.childForFieldName('function');
  return name?.type === 'identifier' && transparentCalls.has(name.text);
}

/** Lowers a call to an operation and a temporary. Macros with a model are lowered without a call. */
export function lowerCall(b: Builder, node: Node, discarded: boolean): Expr {
  const callee = node.childForFieldName('function');
  const kind = callee?.type;
  const name = kind === 'identifier' ? (callee?.text ?? null) : null;
  const args = callArguments(node);
  const at = span(b, node);
  // `(T)(x)` with a typedef name parses as a call
  if (callee && kind === 'parenthesized_expression' && args.length === 1 && isTypeName(b, firstNamed(callee))) {
    return lowerExpr(b, args[0] ?? null);
  }
  if (callee && kind === 'call_expression') {
    const guard = lowerGuard(b, node, callee, args);
    if (guard) return guard;
  }
  if (name !== null) {
    const known = (discarded && lowerReturnPtr(b, name, args, at)) || lowerKnownCall(b, name, args, at);
    if (known) return known;
  }
  const target = name !== null && lookUp(b, name) === undefined ? name : lowerExpr(b, callee);
  const values = args.map((arg) => lowerExpr(b, arg));
  const temp = newTemp(b);
  const argSpans = args.map((arg) => span(b, arg));
  emit(b, { k: 'call', callee: target, args: values, temp, discarded, at, argSpans });
  if (typeof target === 'string' && stoppingCalls.has(target)) terminate(b, { k: 'stop' }, newBlock(b));
  return { k: 'temp', id: temp };
}

function isTypeName(b: Builder, node: Node | null): boolean {
  return (
    node?.type === 'identifier' &&
    lookUp(b, node.text) === undefined &&
    /^(?:[us]\d+|__\w+|\w+_t|\w+_T)$/.test(node.text)
  );
}

/** The pointer argument of a container macro; list macros first step from the head to an entry. */
function lowerContained(b: Builder, macro: string, argument: Node | null): Expr {
  const pointer = lowerExpr(b, argument);
  const step = /^list_(first|last)_/.exec(macro)?.[1];
  return step ? load({ k: 'field', base: deref(pointer), name: step === 'first' ? 'next' : 'prev' }) : pointer;
}

function lowerKnownCall(b: Builder, name: string, args: readonly Node[], at: Span): Expr | undefined {
  const first = args[0] ?? null;
  if (transparentCalls.has(name) && args.length >= 1) return lowerExpr(b, first);
  if (warningCalls.has(name)) return lowerExpr(b, first);
  if (containerCalls.has(name) && args.length === 3) {
    const type = { name: `struct ${(args[1]?.text ?? '?').replace(/^(struct|union)\s+/, '').trim()}`, pointers: 1 };
    return { k: 'container', of: lowerContained(b, name, first), type, member: args[2]?.text ?? '?', at };
  }
  const helper = containerHelpers.get(name);
  if (helper && first) {
    return {
      k: 'container',
      of: lowerExpr(b, first),
      type: { name: helper.struct, pointers: 1 },
      member: helper.member,
      at,
    };
  }
  if (name === 'DMA_BIT_MASK' && first) return { k: 'mask', bits: lowerExpr(b, first) };
  if (storeCalls.has(name) && args.length >= 2) {
    const value = lowerExpr(b, args[1] ?? null);
    emit(b, { k: 'assign', to: lowerLValue(b, first), value, at });
    return value;
  }
  const taken = lowerNoFree(b, name, first, at);
  if (taken) return taken;
  if (assertingCalls.has(name)) {
    const [dead, alive] = [newBlock(b), newBlock(b)];
    lowerCondition(b, first, dead, alive);
    b.current = alive;
    return { k: 'int', value: 0 };
  }
  return undefined;
}
