import type { Builder, Cleanup, Nesting } from './builder';
import { emit, finish, jump, labelBlock, newBlock, newTemp } from './builder';

/** Runs `body` in a new block scope. */
export function inScope<T>(b: Builder, body: () => T): T {
  b.scopes.push({ names: new Map(), cleanups: [] });
  try {
    const result = body();
    runCleanups(b, b.scopes.length - 1);
    return result;
  } finally {
    b.scopes.pop();
  }
}

/** Has a call run whenever control leaves the scope that is open now. */
export function addCleanup(b: Builder, cleanup: Cleanup): void {
  b.scopes.at(-1)?.cleanups.push(cleanup);
}

/** Emits what runs when control leaves all scopes from `depth` inwards: the innermost first, the latest first. */
export function runCleanups(b: Builder, depth: number): void {
  for (let i = b.scopes.length - 1; i >= depth; i--) runLatest(b, b.scopes[i]?.cleanups ?? [], 0);
}

function runLatest(b: Builder, cleanups: readonly Cleanup[], from: number): void {
  for (const cleanup of cleanups.slice(from).reverse()) runCleanup(b, cleanup);
}

function runCleanup(b: Builder, { callee, argument, onlyIfSet, at }: Cleanup): void {
  const after = onlyIfSet ? newBlock(b) : null;
  if (after !== null) {
    const set = newBlock(b);
    finish(b, { k: 'branch', condition: argument, yes: set, no: after, at, whole: at }, set);
  }
  emit(b, { k: 'call', callee, args: [argument], temp: newTemp(b), discarded: true, at, argSpans: [at] });
  if (after !== null) jump(b, after);
}

/** `break` and `continue`: false where there is no loop to leave. */
export function leaveLoop(b: Builder, way: 'breakTo' | 'continueTo'): boolean {
  const exit = b.exits.findLast((each) => each[way] !== null);
  const to = exit?.[way] ?? null;
  if (!exit || to === null) return false;
  runCleanups(b, exit.depth);
  jump(b, to, newBlock(b));
  return true;
}

/** True where something runs on the way out of the function. */
export function hasCleanups(b: Builder): boolean {
  return b.scopes.some(({ cleanups }) => cleanups.length > 0);
}

function nesting(b: Builder): Nesting {
  return b.scopes.map((scope) => ({ scope, cleanups: scope.cleanups.length }));
}

/** `label:`; control may come from other scopes, which a pending jump then leaves. */
export function placeLabel(b: Builder, label: string): void {
  jump(b, labelBlock(b, label));
  b.labelled.set(label, nesting(b));
}

/** `goto label;` */
export function jumpToLabel(b: Builder, label: string): void {
  const block = hasCleanups(b) ? newBlock(b) : labelBlock(b, label);
  if (hasCleanups(b)) b.pending.push({ block, label, from: nesting(b) });
  jump(b, block, newBlock(b));
}

/** Emits what the pending jumps run: the cleanups of scopes that the label is not in, or that it stands before. */
export function finishJumps(b: Builder): void {
  for (const { block, label, from } of b.pending) {
    const to = b.labelled.get(label) ?? [];
    b.current = block;
    for (const { scope, cleanups } of [...from].reverse()) {
      const kept = to.find((other) => other.scope === scope)?.cleanups ?? 0;
      runLatest(b, scope.cleanups.slice(0, cleanups), kept);
    }
    jump(b, labelBlock(b, label));
  }
}
