import type { ApiEffect } from '../../kernel/api';
import {
  apiEffects,
  freeingCalls,
  harmlessPrefixes,
  namingCalls,
  poolField,
  poolWords,
  putCalls,
  registeredPath,
} from '../../kernel/api';
import { symbolTests } from '../../kernel/config';
import { userTrustPrefix } from '../../kernel/extension';
import { mayRepeat } from '../ir/control';
import { assume } from '../domain/path-condition';
import { deviceEventHead, followMembers } from '../frame/device';
import { evaluate } from '../frame/evaluate';
import { recordCapture, recordEscape } from '../frame/escape-analysis';
import { recordGap, withDeviceEvent, recordSink, siteId, siteOf } from '../frame/record';
import { resolveIndirectCall, applyDmaConfigure } from './pointers';
import { printedArguments } from '../ir/format-arguments';
import type { State } from '../domain/state';
import { read, withEvent, withParts, write } from '../domain/state';
import { applySummary } from './summary';
import type { Loc, Value } from '../domain/values';
import { address, callResult, defaultPool, deref, field, int, isInside, one, unknown, zero } from '../domain/values';
import type { Frame } from '../frame/frame';
import { applyModel, withResult, type Call } from '../frame/models';
import { dmaEvent } from '../frame/dma-event';
import { retirePrevious } from '../frame/record';
import { withFree } from '../frame/frees';

/** The successors of a call, by its model, else by the summaries of its definitions, else as an unknown callee. */
export function applyCall(frame: Frame, state: State, op: Call): readonly State[] {
  const args = op.args.map((arg) => evaluate(frame, state, arg));
  const site = siteId(op.at);
  const before = mayRepeat(frame.ir, op) ? retirePrevious(frame, state, site) : state;
  const name = typeof op.callee === 'string' ? op.callee : (resolveIndirectCall(frame, state, op.callee) ?? '');
  const resource = frame.tracker.call(frame, before, op, name, args);
  if (resource) return resource;
  const effect = frame.resolver.extension.effects.get(name) ?? apiEffects.get(name);
  if (effect) return applyEffect(frame, before, op, effect, args);
  const modelled =
    applyConfigTest(frame, before, op, name, args) ??
    applyUserPredicate(frame, before, op, name, args) ??
    applyLifetime(frame, before, op, name, args) ??
    applyModel(before, op, name, args);
  if (modelled) return [modelled];
  const callees = name ? frame.resolver.callees(name, frame.place) : [];
  const summaries = callees.map((callee) => frame.resolver.summary(callee));
  const known = summaries.filter((summary) => typeof summary === 'object');
  if (known.length > 0 && known.length === summaries.length)
    return known.flatMap((summary) => applySummary(frame, before, op, summary, args, known));
  if (summaries.includes('too deep'))
    recordGap(frame, { in: frame.place, why: `call depth limit: ${name}() was not analyzed` });
  return [applyUnknown(frame, before, op, name, args)];
}

function applyEffect(
  frame: Frame,
  state: State,
  op: Call,
  effect: ApiEffect,
  args: readonly Value[],
): readonly State[] {
  const pointer = args[effect.device.argument];
  const result = callResult(effect.name, [], siteId(op.at));
  if (!pointer) return [withResult(state, op, result)];
  const { path = [], member } = effect.device;
  const holder = deref(followMembers(state, pointer, path));
  const device = member === undefined ? holder : field(holder, member);
  const head = deviceEventHead(frame, device, effect.name, op.at, op.argSpans[effect.device.argument]);
  switch (effect.kind) {
    case 'initialize':
      return [withResult(withInitialized(state, head, device), op, zero)];
    case 'add':
      return applyDmaConfigure(frame, state, op, device).flatMap((next) => addOutcomes(next, op, head, result));
    case 'register':
      return applyDmaConfigure(frame, withInitialized(state, head, device), op, device).flatMap((next) =>
        addOutcomes(next, op, head, result),
      );
    case 'unregister': {
      const next = withRegistered(state, device, zero);
      const { pathCondition } = next;
      return [
        withResult(withDeviceEvent(next, { ...head, k: 'lifecycle', word: 'device_del', pathCondition }), op, result),
      ];
    }
    case 'pool': {
      const value = effect.to === 'default' ? defaultPool : unknown(`${siteId(op.at)}pool`);
      const next = write(state, field(device, poolField), value);
      return [withResult(withDeviceEvent(next, { ...head, k: 'pool', value }), op, result)];
    }
    case 'mask':
      return [withResult(setMask(state, op, effect, head, device, args), op, result)];
    case 'min-align':
      return [
        withResult(withDeviceEvent(state, { ...head, k: 'min-align', mask: args[effect.mask] ?? zero }), op, result),
      ];
    case 'map':
    case 'alloc':
    case 'unmap': {
      const event = dmaEvent(effect, head, args, read(state, field(device, 'dma_mask')));
      recordSink(frame, state, event);
      return [withResult(withEvent(state, event), op, result)];
    }
    case 'free':
    case 'sync':
      return [withResult(state, op, result)];
  }
}

/** Transfer function of device_initialize(): the device has the default pool, whatever was set before. */
function withInitialized(state: State, head: ReturnType<typeof deviceEventHead>, device: Loc): State {
  const reset = withRegistered(write(state, field(device, poolField), defaultPool), device, zero);
  return withDeviceEvent(reset, {
    ...head,
    k: 'lifecycle',
    word: 'device_initialize',
    pathCondition: state.pathCondition,
  });
}

/** The successors of device_add(): success and failure, or success alone when the result is discarded. */
function addOutcomes(state: State, op: Call, head: ReturnType<typeof deviceEventHead>, result: Value): State[] {
  // code that discards the result may call device_is_registered() instead
  const registered = op.discarded ? unknown(`${siteId(op.at)}registered`) : one;
  const present = withRegistered(state, head.device, registered);
  const added = withResult(
    withDeviceEvent(present, { ...head, k: 'lifecycle', word: 'device_add', pathCondition: state.pathCondition }),
    op,
    zero,
  );
  if (op.discarded) return [added];
  const failed = assume(
    state.pathCondition,
    { k: 'op', op: '<', args: [result, int(0)], key: `(< ${result.key} 0)` },
    true,
  );
  return [
    added,
    ...failed.map((pathCondition) =>
      withResult(withEvent(withParts(state, { pathCondition }), { ...head, k: 'add-failed' }), op, result),
    ),
  ];
}

/** The state in which `device_is_registered()` returns `value`. */
function withRegistered(state: State, device: Loc, value: Value): State {
  return write(state, registeredPath.reduce<Loc>(field, device), value);
}

function setMask(
  state: State,
  op: Call,
  effect: ApiEffect & { kind: 'mask' },
  head: ReturnType<typeof deviceEventHead>,
  device: Loc,
  args: readonly Value[],
): State {
  const bits = args[effect.bits] ?? unknown('mask');
  const coerced = effect.coerce
    ? write(state, field(device, 'dma_mask'), address(field(device, 'coherent_dma_mask')))
    : state;
  const pointer = read(coerced, field(device, 'dma_mask'));
  return withDeviceEvent(coerced, { ...head, k: 'mask', effect, bits, discarded: op.discarded, pointer });
}

/** The state after a call that names, puts or frees an object which may embed a device; null for any other call. */
function applyLifetime(frame: Frame, state: State, op: Call, name: string, args: readonly Value[]): State | null {
  const freed = freeingCalls.get(name);
  if (freed === undefined && !namingCalls.has(name) && !putCalls.has(name)) return null;
  const pointer = args[freed ?? 0];
  if (!pointer || pointer.key === '0') return null;
  const result = callResult(name, [], siteId(op.at));
  const head = deviceEventHead(frame, deref(pointer), name, op.at, op.argSpans[freed ?? 0]);
  if (freed !== undefined) return withResult(withFree(state, { ...head, k: 'free' }), op, zero);
  return namingCalls.has(name)
    ? withResult(withEvent(state, { ...head, k: 'name', result }), op, result)
    : withResult(withEvent(state, { ...head, k: 'put' }), op, zero);
}

/** `IS_ENABLED(CONFIG_X)` is known if the configuration is, else it is the same atom as in `#ifdef CONFIG_X`. */
function applyConfigTest(frame: Frame, state: State, op: Call, name: string, args: readonly Value[]): State | null {
  const [symbol] = args;
  if (!symbolTests.has(name) || symbol?.k !== 'constant') return null;
  const set = frame.resolver.symbol(symbol.name, frame.place);
  return withResult(state, op, set === undefined ? symbol : int(set ? 1 : 0));
}

/** A trust predicate added by the user is a pure function of the device. */
function applyUserPredicate(frame: Frame, state: State, op: Call, name: string, args: readonly Value[]): State | null {
  const own = frame.resolver.extension.functions.get(name);
  const pointer = args[own?.argument ?? 0];
  if (!own || !pointer) return null;
  const device = own.device === undefined ? pointer : address(field(deref(pointer), own.device));
  return withResult(state, op, callResult(`${userTrustPrefix}${name}`, [device, pointer], null));
}

/**
 * The state after a call of an unknown function, assumed to have no DMA effect. Locals whose address it gets, other than to
 * print them, become unknown. So does the pool of a device passed to it between device_initialize() and device_add(); the name
 * of a harmless function must mention the bounce buffer for that.
 */
function applyUnknown(frame: Frame, state: State, op: Call, name: string, args: readonly Value[]): State {
  const site = siteId(op.at);
  const printed = printedArguments(frame.text, op);
  const passed = args.filter((_, index) => !printed.has(index));
  let next = withResult(
    frame.tracker.unknownCall(state, name, passed),
    op,
    callResult(name || 'indirect call', args, site),
  );
  const harmless = harmlessPrefixes.some((prefix) => name.startsWith(prefix));
  for (const arg of harmless ? [] : passed) {
    recordEscape(frame, { at: deref(arg), site: siteOf(frame, op.at) });
    recordCapture(frame, arg, null);
  }
  const aboutPool = poolWords.some((word) => name.includes(word));
  passed.forEach((arg, index) => {
    if (arg.k !== 'address' || !isLocal(arg.of) || harmless) return;
    next = write(next, arg.of, valueAfterCall(name, read(state, arg.of), state, `${site}arg${index}`));
  });
  for (const device of devicesBeforeAdd(state)) {
    const pointsIn = passed.some((arg) => pointsInto(arg, device));
    if (!pointsIn || (harmless && !aboutPool)) continue;
    next = applyUnknownPoolEffect(frame, next, op, name, device);
  }
  return next;
}

/**
 * The unknown value that a callee leaves in a variable. It may still be the DMA address from before, so that a check of it
 * counts as a check of the address.
 */
function valueAfterCall(name: string, before: Value, { resources }: State, site: string): Value {
  return resources.has(before.key) ? callResult(name || 'indirect call', [before], site) : unknown(site);
}

/** The state with an unknown pool after a call that may change it; findings state the assumption that it does not. */
function applyUnknownPoolEffect(frame: Frame, state: State, op: Call, name: string, device: Loc): State {
  const value = unknown(`${siteId(op.at)}pool`);
  frame.assumptions.add(`${name ? `${name}()` : 'an indirect call'} does not change the device's pool`);
  const next = write(state, field(device, poolField), value);
  return withDeviceEvent(next, { ...deviceEventHead(frame, device, name || 'indirect call', op.at), k: 'pool', value });
}

/** Devices that this path has initialized and not added yet. */
function devicesBeforeAdd(state: State): Loc[] {
  const open = new Map<string, Loc>();
  const closed = new Set<string>();
  for (let at = state.trace; at; at = at.before) {
    const { event } = at;
    if (event.k !== 'lifecycle') continue;
    if (event.word === 'device_initialize' && !closed.has(event.device.key)) open.set(event.device.key, event.device);
    else closed.add(event.device.key);
  }
  return [...open.values()];
}

/** True for a pointer to the device or to a structure that embeds it. */
function pointsInto(pointer: Value, device: Loc): boolean {
  return isInside(device, deref(pointer));
}

function isLocal(loc: Loc): boolean {
  if (loc.k === 'field' || loc.k === 'element') return isLocal(loc.base);
  return loc.k === 'local';
}
