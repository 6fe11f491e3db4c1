import type { Expr, Op } from './ir';

/** An expression and all its subexpressions. */
export function* partsOf(expr: Expr): Generator<Expr> {
  yield expr;
  switch (expr.k) {
    case 'unary':
    case 'cast':
      yield* partsOf(expr.a);
      break;
    case 'binary':
      yield* partsOf(expr.a);
      yield* partsOf(expr.b);
      break;
    case 'container':
      yield* partsOf(expr.of);
      break;
    default:
  }
}

/** The expressions that an operation evaluates. */
export function expressionsOf(op: Op): readonly Expr[] {
  if (op.k === 'call') return op.args;
  return op.k === 'havoc' ? [] : [op.value];
}
