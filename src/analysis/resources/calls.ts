import { apiEffects } from '../../kernel/api';
import type { ResourceEffect } from '../../kernel/resources';
import { pageAddresses, resourceEffects } from '../../kernel/resources';
import { assume } from '../domain/path-condition';
import { deviceEventHead, followMembers } from '../frame/device';
import type { DeviceEvent, ResourceEvent } from '../domain/events';
import { siteId, siteOf } from '../frame/record';
import type { Expr, Op } from '../ir/ir';
import { mappingError } from './mappings';
import { applyResourceEvent } from './track';
import { isOnStack } from './comparisons';
import type { State } from '../domain/state';
import { read, withParts, write } from '../domain/state';
import type { Value } from '../domain/values';
import { callResult, deref, field, int, operation, unknown, zero } from '../domain/values';
import type { Frame } from '../frame/frame';
import { applyModel, withResult } from '../frame/models';
import { dmaEvent } from '../frame/dma-event';

type Call = Op & { k: 'call' };

/** The successors of a call that creates, checks, changes or releases a resource; null for any other call. */
export function applyResourceCall(
  frame: Frame,
  state: State,
  op: Call,
  name: string,
  args: readonly Value[],
): readonly State[] | null {
  if (pageAddresses.has(name)) return [withResult(state, op, callResult(name, args, null))];
  const effect = resourceEffects.get(name);
  if (!effect) return null;
  const event = resourceEvent(frame, state, op, name, effect, args);
  switch (effect.kind) {
    case 'convert':
      return successAndFailure(frame, state, op, event);
    case 'establish':
    case 'teardown':
      return successAndFailure(frame, withUnknownDecrypted(state, op, args[effect.gpadl]), op, event);
    case 'allocate':
      return [
        applyModel(applyResourceEvent(frame, state, event), op, name, args) ?? withResult(state, op, event.result),
      ];
    default:
      return [withResult(applyResourceEvent(frame, state, event), op, event.result)];
  }
}

/** One state for success and one for failure, also when the result is discarded. */
function successAndFailure(frame: Frame, state: State, op: Call, event: ResourceEvent): State[] {
  const failure = operation('<', [event.result, int(0)]);
  const failed = assume(state.pathCondition, failure, true).map((pathCondition) =>
    withResult(
      applyResourceEvent(frame, withParts(state, { pathCondition }), { ...event, failed: true }),
      op,
      event.result,
    ),
  );
  return [withResult(applyResourceEvent(frame, state, { ...event, failed: false }), op, zero), ...failed];
}

/** The call sets `gpadl->decrypted`, which tells whether the memory may be freed. */
function withUnknownDecrypted(state: State, op: Call, gpadl: Value | undefined): State {
  return gpadl ? write(state, field(deref(gpadl), 'decrypted'), unknown(`${siteId(op.at)}decrypted`)) : state;
}

function resourceEvent(
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
    flags: constantNames(flags === undefined ? undefined : op.args[flags]),
    stack: buffer !== undefined && effect.kind === 'map' && effect.form === 'single' && isOnStack(frame, state, buffer),
    about: dmaEventOf(frame, state, op, name, args),
    site: siteOf(frame, op.at),
    via: [],
  };
}

/** The names of the constants in a flags expression. */
function constantNames(expr: Expr | undefined): string[] {
  if (expr?.k === 'binary') return [...constantNames(expr.a), ...constantNames(expr.b)];
  return expr?.k === 'load' && expr.from.k === 'name' ? [expr.from.name] : [];
}

/** The device event of a map or unmap call, or null. */
function dmaEventOf(frame: Frame, state: State, op: Call, name: string, args: readonly Value[]): DeviceEvent | null {
  const effect = apiEffects.get(name);
  if (effect?.kind !== 'map' && effect?.kind !== 'unmap') return null;
  const pointer = args[effect.device.argument];
  if (!pointer) return null;
  const device = deref(followMembers(state, pointer, effect.device.path ?? []));
  const head = deviceEventHead(frame, device, name, op.at, op.argSpans[effect.device.argument]);
  return dmaEvent(effect, head, args, read(state, field(device, 'dma_mask')));
}
