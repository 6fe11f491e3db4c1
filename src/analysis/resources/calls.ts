import { apiEffects } from '../../kernel/api';
import type { ResourceEffect } from '../../kernel/resources';
import { pageAddresses, resourceEffects } from '../../kernel/resources';
import { assume } from '../domain/path-condition';
import { deviceEvent, followPath } from '../frame/device';
import type { DeviceEvent, ResourceEvent } from '../domain/events';
import { siteId, siteOf } from '../frame/record';
import type { Expr, Op } from '../ir/ir';
import { mappingError } from './mappings';
import { track } from './track';
import { isOnStack } from './comparisons';
import type { State } from '../domain/state';
import { read, withParts, write } from '../domain/state';
import type { Value } from '../domain/values';
import { callResult, deref, field, int, operation, unknown, zero } from '../domain/values';
import type { Frame } from '../frame/frame';
import { applyModel, returning } from '../frame/models';
import { dmaEvent } from '../frame/dma-event';

type Call = Op & { k: 'call' };

/** Runs a call that makes, tests, changes or ends a resource, once for each way out of it; null for any other call. */
export function resourceCall(
  frame: Frame,
  state: State,
  op: Call,
  name: string,
  args: readonly Value[],
): readonly State[] | null {
  if (pageAddresses.has(name)) return [returning(state, op, callResult(name, args, null))];
  const effect = resourceEffects.get(name);
  if (!effect) return null;
  const event = eventOf(frame, state, op, name, effect, args);
  switch (effect.kind) {
    case 'convert':
      return waysOut(frame, state, op, event);
    case 'establish':
    case 'teardown':
      return waysOut(frame, forgetDecrypted(state, op, args[effect.gpadl]), op, event);
    case 'allocate':
      return [applyModel(track(frame, state, event), op, name, args) ?? returning(state, op, event.result)];
    default:
      return [returning(track(frame, state, event), op, event.result)];
  }
}

/** Success and failure as two paths; a result that nobody takes leaves both possible all the same. */
function waysOut(frame: Frame, state: State, op: Call, event: ResourceEvent): State[] {
  const failure = operation('<', [event.result, int(0)]);
  const failed = assume(state.pathCondition, failure, true).map((pathCondition) =>
    returning(track(frame, withParts(state, { pathCondition }), { ...event, failed: true }), op, event.result),
  );
  return [returning(track(frame, state, { ...event, failed: false }), op, zero), ...failed];
}

/** The call says in `gpadl->decrypted` whether the memory may be freed. */
function forgetDecrypted(state: State, op: Call, gpadl: Value | undefined): State {
  return gpadl ? write(state, field(deref(gpadl), 'decrypted'), unknown(`${siteId(op.at)}decrypted`)) : state;
}

function eventOf(
  frame: Frame,
  state: State,
  op: Call,
  name: string,
  effect: ResourceEffect,
  args: readonly Value[],
): ResourceEvent {
  const handle = effect.kind === 'test' ? args[effect.handle] : undefined;
  const buffer = effect.kind === 'map' ? op.args[effect.buffer] : undefined;
  const flags = effect.kind === 'map' ? effect.attributes : effect.kind === 'allocate' ? effect.gfp : undefined;
  return {
    k: 'resource',
    name,
    effect,
    args,
    result: handle ? mappingError(handle) : callResult(name, [], siteId(op.at)),
    failed: null,
    discarded: op.discarded,
    flags: namesIn(flags === undefined ? undefined : op.args[flags]),
    stack: buffer !== undefined && effect.kind === 'map' && effect.form === 'single' && isOnStack(frame, state, buffer),
    about: aboutDevice(frame, state, op, name, args),
    site: siteOf(frame, op.at),
    via: [],
  };
}

/** The constants that an expression of flags names. */
function namesIn(expr: Expr | undefined): string[] {
  if (expr?.k === 'binary') return [...namesIn(expr.a), ...namesIn(expr.b)];
  return expr?.k === 'load' && expr.from.k === 'name' ? [expr.from.name] : [];
}

/** What the call is to its device. */
function aboutDevice(frame: Frame, state: State, op: Call, name: string, args: readonly Value[]): DeviceEvent | null {
  const effect = apiEffects.get(name);
  if (effect?.kind !== 'map' && effect?.kind !== 'unmap') return null;
  const pointer = args[effect.device.argument];
  if (!pointer) return null;
  const device = deref(followPath(state, pointer, effect.device.path ?? []));
  const head = deviceEvent(frame, device, name, op.at, op.argSpans[effect.device.argument]);
  return dmaEvent(effect, head, args, read(state, field(device, 'dma_mask')));
}
