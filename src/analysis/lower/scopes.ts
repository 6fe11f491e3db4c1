import type { Builder, Cleanup, Nesting } from './builder';
import { emit, terminate, jump, labelBlock, newBlock, newTemp } from './builder';

/** Runs `body` in a new block scope. */
export function inScope<T>(b: Builder, body: () => T): T {
  b.scopes.push({ names: new Map(), cleanups: [] });
  try {
    const result = body();
    emitCleanups(b, b.scopes.length - 1);
    return result;
  } finally {
    b.scopes.pop();
  }
}

/** Adds a cleanup to the innermost scope. */
export function addCleanup(b: Builder, cleanup: Cleanup): void {
  b.scopes.at(-1)?.cleanups.push(cleanup);
}

/** Emits the cleanups of all scopes from `depth` inward: the innermost scope first, the latest cleanup first. */
export function emitCleanups(b: Builder, depth: number): void {
  for (let i = b.scopes.length - 1; i >= depth; i--) emitLatestFirst(b, b.scopes[i]?.cleanups ?? [], 0);
}

function emitLatestFirst(b: Builder, cleanups: readonly Cleanup[], from: number): void {
  for (const cleanup of cleanups.slice(from).reverse()) emitCleanup(b, cleanup);
}

function emitCleanup(b: Builder, { callee, argument, onlyIfSet, at }: Cleanup): void {
  const after = onlyIfSet ? newBlock(b) : null;
  if (after !== null) {
    const set = newBlock(b);
    terminate(b, { k: 'branch', condition: argument, yes: set, no: after, at, whole: at }, set);
  }
  emit(b, { k: 'call', callee, args: [argument], temp: newTemp(b), discarded: true, at, argSpans: [at] });
  if (after !== null) jump(b, after);
}

/** Lowers `break` and `continue`; returns false outside a loop. */
export function emitLoopExit(b: Builder, way: 'breakTo' | 'continueTo'): boolean {
  const exit = b.exits.findLast((each) => each[way] !== null);
  const to = exit?.[way] ?? null;
  if (!exit || to === null) return false;
  emitCleanups(b, exit.depth);
  jump(b, to, newBlock(b));
  return true;
}

/** True if a return has to run cleanups. */
export function hasCleanups(b: Builder): boolean {
  return b.scopes.some(({ cleanups }) => cleanups.length > 0);
}

function nesting(b: Builder): Nesting {
  return b.scopes.map((scope) => ({ scope, cleanups: scope.cleanups.length }));
}

/** Lowers `label:`. Pending jumps to it run the cleanups of the scopes that they leave. */
export function emitLabel(b: Builder, label: string): void {
  jump(b, labelBlock(b, label));
  b.labelled.set(label, nesting(b));
}

/** Lowers `goto label;`. */
export function emitGoto(b: Builder, label: string): void {
  const block = hasCleanups(b) ? newBlock(b) : labelBlock(b, label);
  if (hasCleanups(b)) b.pending.push({ block, label, from: nesting(b) });
  jump(b, block, newBlock(b));
}

/** Emits the cleanups of pending jumps: those of scopes that do not enclose the label, and those declared after it. */
export function emitPendingJumps(b: Builder): void {
  for (const { block, label, from } of b.pending) {
    const to = b.labelled.get(label) ?? [];
    b.current = block;
    for (const { scope, cleanups } of [...from].reverse()) {
      const kept = to.find((other) => other.scope === scope)?.cleanups ?? 0;
      emitLatestFirst(b, scope.cleanups.slice(0, cleanups), kept);
    }
    jump(b, labelBlock(b, label));
  }
}
