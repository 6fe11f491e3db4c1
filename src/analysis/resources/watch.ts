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
import { markEscaped, markMentionedEscaped } from './escape';
import { mappingError, trackTest } from './mappings';
import { trackPageNumbers } from './pages';
import { afterSync } from './reads';
import { trackFrameNumber } from './raw';
import { dropEmptyIterations, reportIterationLeaks, ownArray } from './iterations';
import type { Exit, Frame } from '../frame/frame';
import { recordFault } from '../frame/record-fault';
import { memoryOf } from './buffers';

/** A branch was taken: whether map calls failed may be known now, and somebody looked. */
export function afterTest(state: State, value: Value): State {
  let next = dropEmptyIterations(state);
  for (const [id, resource] of next.resources) {
    if (resource.made.effect.kind !== 'map') continue;
    const escaped = resource.escaped || isComparedWith(value, id);
    const open = resource.typestate === 'mapped';
    const failed = open ? decided(state.pathCondition, failureOf(resource, resource.made.effect)) : null;
    // a helper that asks says so by the conditions of its ways out
    const tested = resource.tested || value.key.includes(id) || failed !== null;
    const typestate = failed === null ? resource.typestate : failed ? 'failed' : 'good';
    if (escaped === resource.escaped && tested === resource.tested && typestate === resource.typestate) continue;
    const since = typestate === resource.typestate ? resource.since : state.pathCondition;
    next = withResource(next, id, { ...resource, escaped, tested, typestate, since });
  }
  return next;
}

/** An address that must equal another value, such as `virt_to_phys(p)`, need not be kept to be known. */
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

/** A value was stored: who can reach the place knows the resources that the value tells of. */
export function trackStore(frame: Frame, state: State, op: Op & { k: 'assign' }, at: Loc, value: Value): State {
  if (state.resources.size > 0) trackPageNumbers(frame, state, at, value, op.at);
  recordGpadlStore(frame, state, at, value);
  let next = trackFrameNumber(frame, state, at, value);
  const many = isOneOfMany(at) || isCounted(op.to);
  for (const [id, resource] of state.resources) {
    if (!value.key.includes(id)) continue;
    const array = value.key === id ? ownArray(frame, next, at, op) : null;
    const seen = outlives(at) || many;
    if (!seen && !array) continue;
    if (inLoop(frame.ir, op.at)) frame.stored.add(id);
    next = withResource(next, id, {
      ...resource,
      escaped: resource.escaped || seen,
      many: resource.many || many,
      addressEscaped: resource.addressEscaped || (seen && !array && !isPageNumber(value)),
      array: resource.array ?? array,
    });
  }
  return next;
}

/** `addr >> PAGE_SHIFT`: whoever has it cannot unmap by it. */
function isPageNumber(value: Value): boolean {
  return value.k === 'op' && (value.op === '>>' || value.op === '/');
}

/** An element that a variable chooses can be reached by another variable, whatever both are known to be here. */
function isCounted(to: LValue): boolean {
  if (to.k === 'element') return to.index.k !== 'int' || isCounted(to.base);
  return to.k === 'field' && isCounted(to.base);
}

function isOneOfMany(at: Loc): boolean {
  if (at.k === 'element') return at.index.k !== 'int' || isOneOfMany(at.base);
  return at.k === 'field' && isOneOfMany(at.base);
}

/**
 * After a call that is not modelled: it knows what it was given, may undo what others know, and may unlock. `harmless`
 * callees keep nothing.
 */
export function afterUnknown(state: State, name: string, args: readonly Value[]): State {
  if (state.resources.size === 0 || nonCapturingCalls.has(name)) return state;
  let next = name.includes('unlock') ? withoutLocks(state) : state;
  if (name.includes('sync')) next = afterSync(next, undefined, 'cpu');
  const asks = name.includes('mapping_error');
  const seen = [...args, ...args.flatMap((arg) => (arg.k === 'address' ? partsOf(next, arg.of) : []))];
  for (const [id, resource] of next.resources) {
    const { kind } = resource.made.effect;
    if (kind === 'map') {
      const told = seen.some((arg) => arg.key.includes(id));
      if (told && asks) next = withResource(next, id, { ...resource, tested: true });
      else if (told && !(resource.escaped && resource.addressEscaped)) next = markEscaped(next, id, resource);
      // an address that others know may be mapped anew by now
      else if (resource.typestate === 'unmapped' && resource.escaped) next = withResource(next, id, null);
    } else if (kind === 'convert' && args.some((arg) => arg.key.includes(memoryOf(resource.value).key))) {
      next = withResource(next, id, null);
    }
  }
  return next;
}

/** The values that a place and its members hold. */
function partsOf(state: State, at: Loc): Value[] {
  return [...state.env.values()].filter((binding) => binding.at.key.startsWith(at.key)).map(({ value }) => value);
}

/** After a callee that was followed: what it tested is tested; what it got and did not give back, it knows. */
export function afterCall(s: Substitution, before: State, exit: Exit, args: readonly Value[]): State {
  const state = withAsked(s, before, exit);
  if (state.resources.size === 0) return state;
  let next = state;
  for (const resource of exit.state.resources.values()) {
    const id = substitute(s, resource.value).key;
    const known = next.resources.get(id);
    if (!known || resource.made.effect.kind !== 'map') continue;
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
  for (const arg of args) next = markMentionedEscaped(next, arg);
  return afterTest(next, int(0));
}

/** The state in which the addresses are tested that a callee asked about on its way out. */
function withAsked(s: Substitution, state: State, exit: Exit): State {
  return [...exit.state.resources.values()].reduce(
    (next, { typestate, value, made }) => (typestate === 'asked' ? trackTest(next, made, substitute(s, value)) : next),
    state,
  );
}

/** The function ends: mappings that nobody else knows are lost, and results that nobody looked at may be errors. */
export function reportAtReturn(frame: Frame, state: State, returns: Value, end: Span): void {
  reportIterationLeaks(frame, state, end);
  for (const [id, resource] of state.resources) {
    const { made, typestate, tested, escaped, many, fromEarlierIterations } = resource;
    if (fromEarlierIterations) continue;
    const returned = returns.key.includes(id);
    if (returned || escaped || typestate === 'unmapped') frame.used.add(id);
    if (made.effect.kind !== 'map' || returned) continue;
    const holders = [...state.env.values()].filter(({ value }) => value.key.includes(id)).map(({ at }) => at);
    const known = escaped || holders.some((at) => outlives(at));
    if (known) frame.used.add(id);
    if (typestate === 'good' && !known && !many && made.effect.form !== 'sg')
      recordFault(frame, state, 'leaked', made, made, { end: siteOf(frame, end) });
    // an empty list is no error to a loop over it
    // a loop may test the address when it comes round again
    if (made.via.length === 0 && inLoop(frame.ir, made.site)) continue;
    if (tested || typestate === 'good' || typestate === 'failed' || made.effect.fails === 'zero') continue;
    const members = holders.flatMap((at) => (at.k === 'field' ? [at.name] : []));
    // a caller that gets the address by pointer, in an array or as a count in a structure may test it
    const elsewhere = holders.some((at) => (at.k === 'deref' || at.k === 'element') && outlives(at));
    if (elsewhere || (made.effect.form === 'sg' && known)) continue;
    recordFault(frame, state, 'untested', made, made, { members });
  }
}
