import { evaluate } from '../frame/evaluate';
import { interpretPoints } from '../interpret/interpret';
import type { Expr, Op, Span } from '../ir/ir';
import type { State } from '../domain/state';
import type { Value } from '../domain/values';
import type { Resolver } from '../frame/frame';
import type { FunctionUnit, SourceUnit } from '../source/types';
import { calleeOf } from '../source/types';
import type { Site } from '../ir/places';

/** One operation of a function, as the source has it. */
export interface Statement {
  readonly fn: FunctionUnit;
  readonly op: Op;
  readonly site: Site;
}

/** The operations of a file's functions, of all configurations, in which one of `words` occurs. */
export function* statementsOf(unit: SourceUnit, words: Iterable<string>): Generator<Statement> {
  const wanted = [...words];
  for (const fn of [...unit.alternatives.values()].flat()) {
    if (!wanted.some((word) => fn.words.has(word))) continue;
    for (const block of fn.ir().blocks) for (const op of block.ops) yield { fn, op, site: siteIn(fn, op.at) };
  }
}

/** A range of a function as a place. */
export function siteIn(fn: FunctionUnit, { start, end }: Span): Site {
  return { in: fn.place, start, end };
}

/** Evaluates expressions of one function where it has got to an operation: a value for each state that gets there. */
export type Evaluation = (op: Op, expr: Expr) => readonly Value[];

/** Interprets a function so that its expressions can be evaluated; no values where no path gets. */
export function evaluationOf(fn: FunctionUnit, resolver: Resolver): Evaluation {
  const { frame, points } = interpretPoints(calleeOf(fn), resolver);
  return (op, expr) => {
    const states: readonly State[] = points.find(({ at }) => at === op.at)?.before ?? [];
    return states.map((state) => evaluate(frame, state, expr));
  };
}
