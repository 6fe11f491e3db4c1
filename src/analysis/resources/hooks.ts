import type { ResourceEffect } from '../../kernel/resources';
import { nonCapturingCalls } from '../../kernel/resources';
import { inLoop } from '../ir/control';
import { decided } from '../domain/path-condition';
import { siteOf } from '../frame/record';
import type { LValue, Op, Span } from '../ir/ir';
import type { Resource, State } from '../domain/state';
import { withResource } from '../domain/state';
import type { Substitution } from '../frame/substitute';
import { outlives, substitute } from '../frame/substitute';
import type { Loc, Value } from '../domain/values';
import { int, operation } from '../domain/values';
import { recordGpadlStore } from './gpadl';
import { withoutLocks } from './locks';
import { withEscaped, withMentionedEscaped } from './escape';
import { mappingError, trackTest } from './mappings';
import { trackPageNumbers } from './pages';
import { trackSync } from './reads';
import { trackFrameNumber } from './raw';
import { withoutEmptyIterations, reportIterationLeaks, unescapedArrayOf } from './iterations';
import type { Exit, Frame } from '../frame/frame';
import { recordFault } from '../frame/record-fault';
import { memoryOf } from './buffers';

/** After a branch: the path condition may imply whether a map call failed, which counts as a check. */
export function trackBranch(state: State, value: Value): State {
  let next = withoutEmptyIterations(state);
  for (const [id, resource] of next.resources) {
    if (resource.origin.effect.kind !== 'map') continue;
    const escaped = resource.escaped || isComparedWith(value, id);
    const open = resource.typestate === 'mapped';
    const failed = open ? decided(state.pathCondition, failureOf(resource, resource.origin.effect)) : null;
    // a check in a helper shows in the path conditions of its exits
    const tested = resource.tested || value.key.includes(id) || failed !== null;
    const typestate = failed === null ? resource.typestate : failed ? 'failed' : 'valid';
    if (escaped === resource.escaped && tested === resource.tested && typestate === resource.typestate) continue;
    const since = typestate === resource.typestate ? resource.since : state.pathCondition;
    next = withResource(next, id, { ...resource, escaped, tested, typestate, since });
  }
  return next;
}

/** True for a comparison of an address with a value such as `virt_to_phys(p)`, from which it can be recomputed. */
function isComparedWith(value: Value, id: string): boolean {
  if (value.k !== 'op' || (value.op !== '==' && value.op !== '!=')) return false;
  return value.args.some(({ key }) => key === id) && value.args.every(({ k }) => k !== 'int' && k !== 'constant');
}

/** The value that is true when the map call failed. */
function failureOf({ value }: Resource, effect: ResourceEffect & { kind: 'map' }): Value {
  switch (effect.fails) {
    case 'mapping-error':
      return mappingError(value);
    case 'zero':
      return operation('!', [value]);
    case 'non-zero':
      return value;
    case 'negative':
      return operation('<', [value, int(0)]);
  }
}

/** Transfer function of a store: resources in the value may escape, or go to an unescaped array. */
export function trackStore(frame: Frame, state: State, op: Op & { k: 'assign' }, at: Loc, value: Value): State {
  if (state.resources.size > 0) trackPageNumbers(frame, state, at, value, op.at);
  recordGpadlStore(frame, state, at, value);
  let next = trackFrameNumber(frame, state, at, value);
  const many = hasUnknownIndex(at) || hasVariableIndex(op.to);
  for (const [id, resource] of state.resources) {
    if (!value.key.includes(id)) continue;
    const array = value.key === id ? unescapedArrayOf(frame, next, at, op) : null;
    const visible = outlives(at) || many;
    if (!visible && !array) continue;
    if (inLoop(frame.ir, op.at)) frame.addressesStoredInLoop.add(id);
    next = withResource(next, id, {
      ...resource,
      escaped: resource.escaped || visible,
      many: resource.many || many,
      addressEscaped: resource.addressEscaped || (visible && !array && !isPageNumber(value)),
      array: resource.array ?? array,
    });
  }
  return next;
}

/** True for `addr >> PAGE_SHIFT`, which is not enough to unmap. */
function isPageNumber(value: Value): boolean {
  return value.k === 'op' && (value.op === '>>' || value.op === '/');
}

/** True for an lvalue with a variable index, which other indexes may alias even if its value is known here. */
function hasVariableIndex(to: LValue): boolean {
  if (to.k === 'element') return to.index.k !== 'int' || hasVariableIndex(to.base);
  return to.k === 'field' && hasVariableIndex(to.base);
}

/** True for a place with an index that is not a known integer. */
function hasUnknownIndex(at: Loc): boolean {
  if (at.k === 'element') return at.index.k !== 'int' || hasUnknownIndex(at.base);
  return at.k === 'field' && hasUnknownIndex(at.base);
}

/** After a call of an unknown function: its arguments escape, and it may unmap what has escaped before, re-encrypt or unlock. */
export function trackUnknownCall(state: State, name: string, args: readonly Value[]): State {
  if (state.resources.size === 0 || nonCapturingCalls.has(name)) return state;
  let next = name.includes('unlock') ? withoutLocks(state) : state;
  if (name.includes('sync')) next = trackSync(next, undefined, 'cpu');
  const isErrorCheck = name.includes('mapping_error');
  const passedValues = [...args, ...args.flatMap((arg) => (arg.k === 'address' ? valuesIn(next, arg.of) : []))];
  for (const [id, resource] of next.resources) {
    const { kind } = resource.origin.effect;
    if (kind === 'map') {
      const passed = passedValues.some((arg) => arg.key.includes(id));
      if (passed && isErrorCheck) next = withResource(next, id, { ...resource, tested: true });
      else if (passed && !(resource.escaped && resource.addressEscaped)) next = withEscaped(next, id, resource);
      // an escaped address may have been mapped again
      else if (resource.typestate === 'unmapped' && resource.escaped) next = withResource(next, id, null);
    } else if (kind === 'convert' && args.some((arg) => arg.key.includes(memoryOf(resource.value).key))) {
      next = withResource(next, id, null);
    }
  }
  return next;
}

/** The values bound to a place and its members. */
function valuesIn(state: State, at: Loc): Value[] {
  return [...state.env.values()].filter((binding) => binding.at.key.startsWith(at.key)).map(({ value }) => value);
}

/** After a call with a summary: checks in the callee count, and resources that it does not return have escaped. */
export function trackSummarizedCall(s: Substitution, before: State, exit: Exit, args: readonly Value[]): State {
  const state = withCalleeChecks(s, before, exit);
  if (state.resources.size === 0) return state;
  let next = state;
  for (const resource of exit.state.resources.values()) {
    const id = substitute(s, resource.value).key;
    const known = next.resources.get(id);
    if (!known || resource.origin.effect.kind !== 'map') continue;
    const returned = exit.returns.key.includes(resource.value.key);
    const escaped = known.escaped || resource.escaped || !returned;
    next = withResource(next, id, {
      ...known,
      tested: known.tested || resource.tested,
      escaped,
      addressEscaped: known.addressEscaped || escaped,
      many: known.many || resource.many,
    });
  }
  for (const arg of args) next = withMentionedEscaped(next, arg);
  return trackBranch(next, int(0));
}

/** The state in which the addresses that the callee checked on this exit are checked. */
function withCalleeChecks(s: Substitution, state: State, exit: Exit): State {
  return [...exit.state.resources.values()].reduce(
    (next, { typestate, value, origin }) =>
      typestate === 'checked' ? trackTest(next, origin, substitute(s, value)) : next,
    state,
  );
}

/** At a return: reports mappings that have not escaped as leaked, and results of map calls that were not checked. */
export function reportAtReturn(frame: Frame, state: State, returns: Value, end: Span): void {
  reportIterationLeaks(frame, state, end);
  for (const [id, resource] of state.resources) {
    const { origin, typestate, tested, escaped, many, fromEarlierIterations } = resource;
    if (fromEarlierIterations) continue;
    const returned = returns.key.includes(id);
    if (returned || escaped || typestate === 'unmapped') frame.releasedAddresses.add(id);
    if (origin.effect.kind !== 'map' || returned) continue;
    const holders = [...state.env.values()].filter(({ value }) => value.key.includes(id)).map(({ at }) => at);
    const reachable = escaped || holders.some((at) => outlives(at));
    if (reachable) frame.releasedAddresses.add(id);
    if (typestate === 'valid' && !reachable && !many && origin.effect.form !== 'sg')
      recordFault(frame, state, 'leaked', origin, origin, { end: siteOf(frame, end) });
    // a loop may check the address in its next iteration
    if (origin.via.length === 0 && inLoop(frame.ir, origin.site)) continue;
    // 0 entries are no error for a loop over the list
    if (tested || typestate === 'valid' || typestate === 'failed' || origin.effect.fails === 'zero') continue;
    const members = holders.flatMap((at) => (at.k === 'field' ? [at.name] : []));
    // the caller may check an address returned by pointer or in an array, or a count in a structure
    const testableByCaller = holders.some((at) => (at.k === 'deref' || at.k === 'element') && outlives(at));
    if (testableByCaller || (origin.effect.form === 'sg' && reachable)) continue;
    recordFault(frame, state, 'untested', origin, origin, { members });
  }
}
