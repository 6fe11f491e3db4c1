import { evaluate } from '../frame/evaluate';
import { interpretPoints } from '../interpret/interpret';
import type { Expr, Op, Span } from '../ir/ir';
import type { State } from '../domain/state';
import type { Value } from '../domain/values';
import type { Resolver } from '../frame/frame';
import type { FunctionUnit, SourceUnit } from '../source/types';
import { calleeOf } from '../source/types';
import type { Site } from '../ir/places';

/** One operation of a function, with its source range. */
export interface Statement {
  readonly fn: FunctionUnit;
  readonly op: Op;
  readonly site: Site;
}

/** The operations of all functions that contain one of `words`, in all configurations. */
export function* statementsOf(unit: SourceUnit, words: Iterable<string>): Generator<Statement> {
  const wanted = [...words];
  for (const fn of [...unit.alternatives.values()].flat()) {
    if (!wanted.some((word) => fn.words.has(word))) continue;
    for (const block of fn.ir().blocks) for (const op of block.ops) yield { fn, op, site: siteIn(fn, op.at) };
  }
}

/** A range of a function as a site. */
export function siteIn(fn: FunctionUnit, { start, end }: Span): Site {
  return { in: fn.place, start, end };
}

/** The values of an expression before an operation, one for each state that reaches it. */
export type Evaluation = (op: Op, expr: Expr) => readonly Value[];

/** Interprets a function; the result evaluates its expressions, and returns no values for unreachable operations. */
export function evaluationOf(fn: FunctionUnit, resolver: Resolver): Evaluation {
  const { frame, points } = interpretPoints(calleeOf(fn), resolver);
  return (op, expr) => {
    const states: readonly State[] = points.find(({ at }) => at === op.at)?.before ?? [];
    return states.map((state) => evaluate(frame, state, expr));
  };
}
