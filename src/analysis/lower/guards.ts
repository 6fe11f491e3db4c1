import { freeFunctions, guardMacros, lockClasses, returnPtrCall, nullingCalls } from '../../kernel/cleanup';
import { namedConstants } from '../../kernel/syntax';
import type { Node } from '../../syntax/parser';
import type { Expr, Span } from '../ir/ir';
import { unknownType } from '../ir/ir';
import type { Builder } from './builder';
import { declare, emit, terminate, jump, load, nameOf, newBlock, newTemp, span } from './builder';
import { callArguments, firstNamed, lowerExpr, lowerLValue } from './expressions';
import { addCleanup, hasCleanups, inScope, emitGoto, emitLoopExit, emitCleanups } from './scopes';
import { lowerStatement } from './statements';

/** Adds the cleanup of a variable that is declared in `[from, to)`, if it has a `__free(name)`. */
export function addFreeCleanup(b: Builder, variable: string, from: number, to: number): void {
  for (const { start, end, argument } of b.source.cleanupsIn(from, to)) {
    const known = freeFunctions.get(argument);
    addCleanup(b, {
      callee: known ?? `__free_${argument}`,
      argument: load(nameOf(variable)),
      onlyIfSet: known !== undefined,
      at: span(b, { startIndex: start, endIndex: end }),
    });
  }
}

/** Lowers `no_free_ptr(p)`: returns the value of `p` and sets `p` to NULL, so that its cleanup does nothing. */
export function lowerNoFree(b: Builder, callee: string, argument: Node | null, at: Span): Expr | undefined {
  return nullingCalls.has(callee) ? readAndClear(b, argument, at) : undefined;
}

function readAndClear(b: Builder, argument: Node | null, at: Span): Expr {
  const taken = newTemp(b);
  emit(b, { k: 'set', temp: taken, value: lowerExpr(b, argument), at });
  emit(b, { k: 'assign', to: lowerLValue(b, argument), value: { k: 'int', value: 0 }, at });
  return { k: 'temp', id: taken };
}

/** Lowers `return_ptr(p);`, a return in the form of a call; undefined for any other call. */
export function lowerReturnPtr(b: Builder, callee: string, args: readonly Node[], at: Span): Expr | undefined {
  if (callee !== returnPtrCall) return undefined;
  const value = readAndClear(b, args[0] ?? null, at);
  lowerReturn(b, value, at);
  return value;
}

/** Lowers `return value;`: the value is evaluated before the cleanups of all scopes run. */
export function lowerReturn(b: Builder, value: Expr | null, at: Span): void {
  let returned = value;
  if (value && value.k !== 'int' && hasCleanups(b)) {
    const temp = newTemp(b);
    emit(b, { k: 'set', temp, value, at });
    returned = { k: 'temp', id: temp };
  }
  emitCleanups(b, 0);
  terminate(b, { k: 'return', value: returned, at }, newBlock(b));
}

/** Lowers `guard(spinlock)(&lock)` and `CLASS(name, variable)(…)`; undefined for any other call of the result of `head`. */
export function lowerGuard(b: Builder, node: Node, head: Node, args: readonly Node[]): Expr | undefined {
  const macro = head.childForFieldName('function')?.text;
  if (macro === undefined || !guardMacros.has(macro)) return undefined;
  const [of, variable] = callArguments(head);
  if (of) enterClass(b, of.text, variable?.text ?? null, args, span(b, node));
  return { k: 'int', value: 0 };
}

/** Calls the constructor of a class, or takes a lock, and adds the destructor or unlock to the innermost scope. */
function enterClass(b: Builder, of: string, variable: string | null, args: readonly Node[], at: Span): void {
  const { lock, unlock } = lockClasses.get(of) ?? { lock: `class_${of}_constructor`, unlock: `class_${of}_destructor` };
  const values = args.map((arg) => lowerExpr(b, arg));
  const [result, argument] = [newTemp(b), newTemp(b)];
  const named = variable === null ? null : nameOf(declare(b, variable, unknownType));
  // the cleanup uses the value of the argument at this point, even if its variables change
  if (values[0] && !named) emit(b, { k: 'set', temp: argument, value: values[0], at });
  const passed: readonly Expr[] = values[0] && !named ? [{ k: 'temp', id: argument }] : values;
  emit(b, {
    k: 'call',
    callee: lock,
    args: passed,
    temp: result,
    discarded: !named,
    at,
    argSpans: args.map((arg) => span(b, arg)),
  });
  if (named) emit(b, { k: 'assign', to: named, value: { k: 'temp', id: result }, at });
  const held = named ? load(named) : passed[0];
  if (held) addCleanup(b, { callee: unlock, argument: held, onlyIfSet: false, at });
}

/** Lowers `scoped_guard(spinlock, &lock) { … }`: the body runs once, with the lock held; `break` and `continue` exit it. */
export function lowerScopedGuard(b: Builder, node: Node, body: Node | null): void {
  const after = newBlock(b);
  const { fail } = b.source.guardAt(node.startIndex) ?? {};
  if (fail !== undefined) {
    const [had, failed] = [newBlock(b), newBlock(b)];
    terminate(b, { k: 'choice', yes: had, no: failed, atom: null, at: span(b, node) }, failed);
    lowerFailure(b, fail, span(b, node));
    jump(b, after, had);
  }
  const depth = b.scopes.length;
  inScope(b, () => {
    const [of, ...args] = argumentsOf(node.childForFieldName('condition'));
    if (of) enterClass(b, of.text, null, args, span(b, node.childForFieldName('condition') ?? node));
    b.exits.push({ breakTo: after, continueTo: after, depth });
    lowerStatement(b, body);
    b.exits.pop();
  });
  jump(b, after);
}

function argumentsOf(node: Node | null): Node[] {
  if (!node) return [];
  if (node.type === 'parenthesized_expression') return argumentsOf(firstNamed(node));
  if (node.type !== 'comma_expression') return [node];
  return [...argumentsOf(node.childForFieldName('left')), ...argumentsOf(node.childForFieldName('right'))];
}

/** Lowers the statement of `scoped_cond_guard()` that runs if the lock is not taken, from its text: masking removes it. */
function lowerFailure(b: Builder, statement: string, at: Span): void {
  const [, keyword, rest = ''] = /^(return|goto|continue|break)\b\s*(.*?);?$/s.exec(statement.trim()) ?? [];
  if (keyword === 'return') lowerReturn(b, rest === '' ? null : failureValue(rest), at);
  else if (keyword === 'goto') emitGoto(b, rest);
  else if (keyword) emitLoopExit(b, keyword === 'break' ? 'breakTo' : 'continueTo');
}

function failureValue(text: string): Expr {
  const [, minus, name = ''] = /^(-?)\s*(\w+)$/.exec(text) ?? [];
  const number = namedConstants.get(name) ?? (/^\d+$/.test(name) ? Number(name) : null);
  return number === null ? { k: 'opaque', text } : { k: 'int', value: minus ? -number : number };
}
