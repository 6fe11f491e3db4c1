import type { BusType } from '../../kernel/trust';
import {
  connectionField,
  connectionPredicates,
  externalMemoryFlag,
  platformPredicates,
  ringFlag,
  trustCalls,
} from '../../kernel/trust';
import type { PathCondition, Literal } from '../domain/path-condition';
import { decided } from '../domain/path-condition';
import { containerOf, typeOfLoc } from '../frame/device';
import { isDeviceEvent } from '../domain/events';
import { userPredicateText, userPredicateOn, type PredicateResult } from './user-trust';
import { printValue } from '../domain/print';
import type { State } from '../domain/state';
import { read } from '../domain/state';
import type { Loc, Value } from '../domain/values';
import { callResult, address, deref, field } from '../domain/values';
import type { Frame } from '../frame/frame';
import { testedFlag } from '../domain/channel-flags';

/** The trust in a device under a path condition. */
export interface Trust {
  /** The trust predicate on this device, as C text. */
  readonly predicate: string;
  /** The flag for external memory: null if the path does not decide it. */
  readonly external: boolean | null;
  readonly ring: boolean | null;
  /** Whether the guest has accepted the device (TDISP), for devices of any bus; null if the path does not decide it. */
  readonly accepted: boolean | null;
  /** The platform predicates that the path decides. */
  readonly platform: readonly { readonly name: string; readonly argument: string | null; readonly holds: boolean }[];
  /** Whether any channel of the guest can be confidential; null if the path does not decide it. */
  readonly connection: boolean | null;
  /** Assumptions on tested flags that could not be related to this device. */
  readonly assumptions: readonly string[];
}

/**
 * Evaluates the trust predicate of a device under a path condition. If a driver tests the flag of some channel, the channel of
 * its device is assumed (`assumeOwn`); if a bus registers a device with a known channel, another channel's flag does not apply.
 */
export function trustOf(
  state: State,
  device: Loc,
  bus: BusType | null,
  frame: Frame,
  written: string,
  assumeOwn: boolean,
): Trust {
  const channels = bus?.channel ? channelsOf(state, device, bus, frame) : [];
  const [channel = null] = channels;
  const assumptions: string[] = [];
  const flag = (name: string): boolean | null => {
    for (const own of channels) {
      const holds = decidedFlag(state, read(state, field(own, name)));
      if (holds !== null) return holds;
    }
    const other = unrelatedFlag(state, name, channel, frame);
    if (!other) return null;
    const applies = assumeOwn || !channel;
    assumptions.push(`${other.text} is ${applies ? '' : 'not '}the flag of this device's primary channel`);
    return applies ? other.holds : null;
  };
  const tested = userPredicateOn(state, device, bus, frame, assumeOwn) ?? acceptanceOf(state, device, written);
  if (tested?.assumption !== undefined) assumptions.push(tested.assumption);
  const predicate = bus?.trust
    ? userPredicateText(bus.trust, bus, device, written)
    : channelPredicateText(state, channel, bus, written);
  // a user's predicate for a bus replaces the VMBus flags
  const flags = bus?.trust === undefined;
  return {
    predicate: tested && !channel ? tested.text : predicate,
    external: tested?.holds ?? (flags ? flag(externalMemoryFlag) : null),
    ring: flags ? flag(ringFlag) : null,
    accepted: tested?.holds ?? null,
    platform: platformOf(state.pathCondition),
    connection: connectionOf(state.pathCondition),
    assumptions: [...new Set(assumptions)],
  };
}

/** The trust in one channel, regardless of its device. */
export type ChannelTrust = Pick<Trust, 'external' | 'ring' | 'platform' | 'connection'>;

/** Evaluates the flags of a channel under a path condition; a test of another channel's flag is attributed to this one. */
export function channelTrust(state: State, channel: Loc): ChannelTrust {
  const flag = (name: string): boolean | null => {
    const own = decidedFlag(state, read(state, field(channel, name)));
    if (own !== null) return own;
    const other = [...state.pathCondition.values()].find(
      ({ value, equals, derived }) => !equals && !derived && testedFlag(value, name) !== undefined,
    );
    return other?.holds ?? null;
  };
  const [external, ring] = [flag(externalMemoryFlag), flag(ringFlag)];
  return {
    external: external ?? (ring === false ? false : null),
    ring: ring ?? (external === true ? true : null),
    platform: platformOf(state.pathCondition),
    connection: connectionOf(state.pathCondition),
  };
}

/** Whether the guest has accepted the device, if the path decides it. */
function acceptanceOf(state: State, device: Loc, written: string): PredicateResult | null {
  for (const call of trustCalls) {
    const holds = decided(state.pathCondition, callResult(call, [address(device)], null));
    if (holds !== null) return { text: `${call}(${written})`, holds };
  }
  return null;
}

/** The flag as C text: through the channel if that is an access path, otherwise through the device as written. */
function channelPredicateText(state: State, channel: Loc | null, bus: BusType | null, written: string): string {
  const text = channel ? printValue(read(state, field(channel, externalMemoryFlag))) : '';
  if (text && !/[(…]/.test(text)) return text;
  const holder = bus && new RegExp(`^([\\w>.\\[\\]-]+?)(->|\\.)${bus.member}$`).exec(written);
  return holder && bus.channel ? `${holder[1]}${holder[2]}${bus.channel}->${externalMemoryFlag}` : externalMemoryFlag;
}

function decidedFlag(state: State, value: Value): boolean | null {
  return value.k === 'int' ? value.n !== 0 : decided(state.pathCondition, value);
}

/** The access paths to the primary channel of a device, the shortest first. */
function channelsOf(state: State, device: Loc, bus: BusType, frame: Frame): Loc[] {
  const holder = containerOf(device, frame);
  if (!holder || !bus.channel) return [];
  const member = deref(read(state, field(holder, bus.channel)));
  // for the device `channel->device_obj`, the channel is `channel`
  if (holder.k === 'deref' && holder.pointer.k === 'init' && holder.pointer.at.k === 'field') {
    const { base, name } = holder.pointer.at;
    if (name === 'device_obj' && !state.env.has(field(holder, bus.channel).key)) return [base, member];
  }
  return [member];
}

/**
 * A test of the flag on a channel that could not be related to the device, except for a subchannel and for a channel that is
 * known to belong to another device.
 */
function unrelatedFlag(
  state: State,
  name: string,
  own: Loc | null,
  frame: Frame,
): { holds: boolean; text: string } | null {
  for (const literal of state.pathCondition.values()) {
    if (literal.derived || literal.equals) continue;
    const channel = testedFlag(literal.value, name);
    if (channel === undefined) continue;
    if (channel && (isSubChannel(channel, state) || (own && belongsToOtherDevice(channel, own, frame)))) continue;
    return { holds: literal.holds, text: printValue(literal.value) };
  }
  return null;
}

/** True for a channel from a list of subchannels, or one whose `primary_channel` the path tests or uses. */
function isSubChannel(channel: Loc, state: State): boolean {
  if (channel.k !== 'deref') return false;
  const { pointer } = channel;
  if (pointer.k === 'container' && pointer.member === 'sc_list') return true;
  const primary = field(channel, 'primary_channel').key;
  return (
    [...state.pathCondition.values()].some((literal) => literal.value.key === primary && literal.holds) ||
    usesPrimary(state, primary)
  );
}

function usesPrimary(state: State, primary: string): boolean {
  for (let at = state.trace; at; at = at.before) {
    const { event } = at;
    if (isDeviceEvent(event) && event.device.key.includes(primary)) return true;
  }
  return false;
}

/** True if the channel is the primary channel of another device structure. */
function belongsToOtherDevice(channel: Loc, own: Loc, frame: Frame): boolean {
  const holder = (loc: Loc): Loc | null =>
    loc.k === 'deref' && loc.pointer.k === 'init' && loc.pointer.at.k === 'field' && loc.pointer.at.name === 'channel'
      ? loc.pointer.at.base
      : null;
  const [there, here] = [holder(channel), holder(own)];
  if (!there || !here || there.key === here.key) return false;
  return typeOfLoc(frame, there)?.name === typeOfLoc(frame, here)?.name;
}

/** The platform predicates that a path condition decides. */
export function platformOf(pathCondition: PathCondition): Trust['platform'] {
  return [...pathCondition.values()].flatMap(({ value, holds, equals }) => {
    if (equals !== null) return [];
    if (value.k === 'call') {
      const argument = value.args[0];
      const asked = platformPredicates.some(({ name, variable }) => name === value.name && !variable);
      return asked ? [{ name: value.name, argument: argument?.k === 'constant' ? argument.name : null, holds }] : [];
    }
    if (holds || value.k !== 'init' || value.at.k !== 'global') return [];
    const { name } = value.at;
    const asked = platformPredicates.some((predicate) => predicate.name === name && predicate.variable);
    return asked ? [{ name, argument: null, holds }] : [];
  });
}

function connectionOf(pathCondition: PathCondition): boolean | null {
  const asked =
    calls(pathCondition, (name) => connectionPredicates.has(name))[0]?.literal ?? connectionMember(pathCondition);
  return asked ? asked.holds : null;
}

/** A test of `vmbus_connection.is_confidential`. */
function connectionMember(pathCondition: PathCondition): Literal | undefined {
  return [...pathCondition.values()].find(
    ({ value, equals }) => !equals && value.k === 'init' && value.at.k === 'field' && value.at.name === connectionField,
  );
}

function calls(
  pathCondition: PathCondition,
  matches: (name: string) => boolean,
): { literal: Literal; call: Value & { k: 'call' } }[] {
  return [...pathCondition.values()].flatMap((literal) => {
    const { value } = literal;
    return value.k === 'call' && literal.equals === null && matches(value.name) ? [{ literal, call: value }] : [];
  });
}
