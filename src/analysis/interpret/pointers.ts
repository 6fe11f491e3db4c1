import { apiEffects } from '../../kernel/api';
import { applySummary } from './summary';
import { evaluate } from '../frame/evaluate';
import type { Frame, Summary } from '../frame/frame';
import type { Expr, Op } from '../ir/ir';
import type { State } from '../domain/state';
import { eventsOf, read } from '../domain/state';
import type { Loc, Value } from '../domain/values';
import { address, field } from '../domain/values';

/** The target of an indirect call: a function stored on this path, or an entry of a constant ops table; else null. */
export function resolveIndirectCall(frame: Frame, state: State, callee: Expr): string | null {
  return functionOf(frame, evaluate(frame, state, callee));
}

function functionOf(frame: Frame, value: Value): string | null {
  const at = value.k === 'init' ? value.at : value.k === 'address' ? value.of : null;
  if (at?.k === 'global') return value.k === 'address' || isFunction(frame, at.name) ? at.name : null;
  if (value.k !== 'init' || at?.k !== 'field' || at.base.k !== 'global') return null;
  return frame.resolver.tableEntry(at.base.name, at.name, frame.place);
}

function isFunction(frame: Frame, name: string): boolean {
  return apiEffects.has(name) || frame.resolver.callees(name, frame.place).length > 0;
}

/**
 * The successors of `bus->dma_configure(dev)`, which the driver core calls before each probe. Callbacks that do not write the
 * pool pointer are ignored.
 */
export function applyDmaConfigure(frame: Frame, state: State, op: Op & { k: 'call' }, device: Loc): readonly State[] {
  const bus = read(state, field(device, 'bus'));
  if (bus.k !== 'address' || bus.of.k !== 'global') return [state];
  const name = frame.resolver.tableEntry(bus.of.name, 'dma_configure', frame.place);
  const summaries = (name === null ? [] : frame.resolver.callees(name, frame.place)).map((callee) =>
    frame.resolver.summary(callee),
  );
  const applicable = summaries.filter(
    (summary): summary is Summary => typeof summary === 'object' && writesPool(summary),
  );
  return applicable.length === 0
    ? [state]
    : applicable.flatMap((summary) => applySummary(frame, state, op, summary, [address(device)], applicable));
}

function writesPool({ exits }: Summary): boolean {
  return exits.some(({ state }) => eventsOf(state.trace).some(({ k }) => k === 'pool'));
}
