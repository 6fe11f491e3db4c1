/** Gives broken inputs to the engine and tells what came of them. */
import type { Engine, Needs, Snapshot } from '../../src/engine/types';
import type { Partial } from '../../src/review/types';
import { readText } from '../analysis/support/load';
import type { Input } from './inputs';

/** What one input made the engine do. */
export interface Outcome {
  readonly input: Input;
  /** Why this is a bug, or null. */
  readonly failure: string | null;
  /** Operations interpreted, the same on every machine. */
  readonly operations: number;
  readonly milliseconds: number;
}

/** An engine and its count of operations. */
export interface Subject {
  readonly engine: Engine;
  readonly meter: { operations: number };
}

/**
 * More operations than this for one input are as good as a hang. An input has a few thousand characters; the most that
 * 20,000 of them came to is a fifth of it.
 */
export const maxOperations = 200_000;

const headers = new Map<string, string | null>();

function fromDisk(file: string): string | null {
  let text = headers.get(file);
  if (text === undefined) headers.set(file, (text = readText(file)));
  return text;
}

function settled<T extends object>(answer: T | Needs): T {
  if ('needs' in answer) throw new Error(`asks for ${answer.needs.join(', ')}, which it was given`);
  return answer;
}

function broken(partial: readonly Partial[]): string | null {
  return partial.find(({ why }) => why.startsWith('the analysis failed'))?.why ?? null;
}

function failureOf({ engine }: Subject, { file, tree, text }: Input): string | null {
  const snapshot: Snapshot = { read: (path) => (path === file ? text : fromDisk(path)) };
  const request = { files: [file], snapshot, tree, kernel: '7.1' as const };
  try {
    const { stats } = settled(engine.check(request));
    const { partial } = settled(engine.inventory(request));
    settled(engine.simulate(request));
    const place = { line: 1 + (text.length % 97), column: 1 + (text.length % 13) };
    settled(engine.inspect(request, file, place));
    return broken(stats.partial) ?? broken(partial);
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  } finally {
    engine.forget(file);
  }
}

/** Checks, simulates, inspects and takes the inventory of one input. */
export function tryInput(subject: Subject, input: Input): Outcome {
  const [operations, started] = [subject.meter.operations, performance.now()];
  const failure = failureOf(subject, input);
  const spent = subject.meter.operations - operations;
  return {
    input,
    failure: failure ?? (spent > maxOperations ? `${spent} operations, the bound is ${maxOperations}` : null),
    operations: spent,
    milliseconds: performance.now() - started,
  };
}
