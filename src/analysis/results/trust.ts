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
import { predicateOf, vouchedFor, type Vouched } from './own-trust';
import { printValue } from '../domain/print';
import type { State } from '../domain/state';
import { read } from '../domain/state';
import type { Loc, Value } from '../domain/values';
import { callResult, address, deref, field } from '../domain/values';
import type { Frame } from '../frame/frame';
import { testedFlag } from '../domain/channel-flags';

/** What a path's condition says about who may see the device's memory. */
export interface Trust {
  /** The trust predicate on this device, as C text. */
  readonly predicate: string;
  /** True or false where the path decides it; null where both are possible. */
  readonly external: boolean | null;
  readonly ring: boolean | null;
  /** What the path says of the device's acceptance by the guest (TDISP), for devices of any bus. */
  readonly accepted: boolean | null;
  /** Questions about the machine that the path decides. */
  readonly platform: readonly { readonly name: string; readonly argument: string | null; readonly holds: boolean }[];
  /** Whether any channel of the guest can be confidential, where the path asks. */
  readonly connection: boolean | null;
  /** What was taken for granted of a tested flag that could not be connected with this device. */
  readonly assumptions: readonly string[];
}

/**
 * Reads the trust predicate of a device off a path's condition. A driver that tests the flag of some channel means its
 * device's (`borrow`); where a bus registers a device whose channel is in sight, another channel's flag is not the device's.
 */
export function trustOf(
  state: State,
  device: Loc,
  bus: BusType | null,
  frame: Frame,
  written: string,
  borrow: boolean,
): Trust {
  const channels = bus?.channel ? channelsOf(state, device, bus, frame) : [];
  const [channel = null] = channels;
  const assumptions: string[] = [];
  const flag = (name: string): boolean | null => {
    for (const own of channels) {
      const holds = decidedFlag(state, read(state, field(own, name)));
      if (holds !== null) return holds;
    }
    const other = unlinkedFlag(state, name, channel, frame);
    if (!other) return null;
    const lends = borrow || !channel;
    assumptions.push(`${other.text} is ${lends ? '' : 'not '}the flag of this device's primary channel`);
    return lends ? other.holds : null;
  };
  const vouched = vouchedFor(state, device, bus, frame, borrow) ?? acceptanceOf(state, device, written);
  if (vouched?.assumption !== undefined) assumptions.push(vouched.assumption);
  const unasked = bus?.trust
    ? predicateOf(bus.trust, bus, device, written)
    : predicateText(state, channel, bus, written);
  // where users say what vouches for a bus, a flag of VMBus does not
  const flags = bus?.trust === undefined;
  return {
    predicate: vouched && !channel ? vouched.text : unasked,
    external: vouched?.holds ?? (flags ? flag(externalMemoryFlag) : null),
    ring: flags ? flag(ringFlag) : null,
    accepted: vouched?.holds ?? null,
    platform: platformOf(state.pathCondition),
    connection: connectionOf(state.pathCondition),
    assumptions: [...new Set(assumptions)],
  };
}

/** What a path says of one channel, whichever device it belongs to. */
export type ChannelTrust = Pick<Trust, 'external' | 'ring' | 'platform' | 'connection'>;

/** Reads the flags of a channel off a path's condition; a test of a flag that names another channel counts as one of it. */
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

/** What the path says of the guest's acceptance of the device, where it asks. */
function acceptanceOf(state: State, device: Loc, written: string): Vouched | null {
  for (const call of trustCalls) {
    const holds = decided(state.pathCondition, callResult(call, [address(device)], null));
    if (holds !== null) return { text: `${call}(${written})`, holds };
  }
  return null;
}

/** The flag as the code can name it: through the channel where that is a short path, else through the device as written. */
function predicateText(state: State, channel: Loc | null, bus: BusType | null, written: string): string {
  const text = channel ? printValue(read(state, field(channel, externalMemoryFlag))) : '';
  if (text && !/[(…]/.test(text)) return text;
  const holder = bus && new RegExp(`^([\\w>.\\[\\]-]+?)(->|\\.)${bus.member}$`).exec(written);
  return holder && bus.channel ? `${holder[1]}${holder[2]}${bus.channel}->${externalMemoryFlag}` : externalMemoryFlag;
}

function decidedFlag(state: State, value: Value): boolean | null {
  return value.k === 'int' ? value.n !== 0 : decided(state.pathCondition, value);
}

/** The primary channel of a device, by each way that leads there, the shortest first. */
function channelsOf(state: State, device: Loc, bus: BusType, frame: Frame): Loc[] {
  const holder = containerOf(device, frame);
  if (!holder || !bus.channel) return [];
  const member = deref(read(state, field(holder, bus.channel)));
  // `channel->device_obj`: the device of a channel has that channel
  if (holder.k === 'deref' && holder.pointer.k === 'init' && holder.pointer.at.k === 'field') {
    const { base, name } = holder.pointer.at;
    if (name === 'device_obj' && !state.env.has(field(holder, bus.channel).key)) return [base, member];
  }
  return [member];
}

/**
 * A test of the flag on a channel that could not be connected with the device. It is taken for the device's own unless it
 * is known to be another one's: a sub-channel's, or that of another device.
 */
function unlinkedFlag(
  state: State,
  name: string,
  own: Loc | null,
  frame: Frame,
): { holds: boolean; text: string } | null {
  for (const literal of state.pathCondition.values()) {
    if (literal.derived || literal.equals) continue;
    const channel = testedFlag(literal.value, name);
    if (channel === undefined) continue;
    if (channel && (isSubChannel(channel, state) || (own && belongsElsewhere(channel, own, frame)))) continue;
    return { holds: literal.holds, text: printValue(literal.value) };
  }
  return null;
}

/** A channel reached through a list of sub-channels, or one that is asked for its primary channel. */
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

/** True when the channel is the primary channel of a device structure other than the one in question. */
function belongsElsewhere(channel: Loc, own: Loc, frame: Frame): boolean {
  const holder = (loc: Loc): Loc | null =>
    loc.k === 'deref' && loc.pointer.k === 'init' && loc.pointer.at.k === 'field' && loc.pointer.at.name === 'channel'
      ? loc.pointer.at.base
      : null;
  const [there, here] = [holder(channel), holder(own)];
  if (!there || !here || there.key === here.key) return false;
  return typeOfLoc(frame, there)?.name === typeOfLoc(frame, here)?.name;
}

/** The questions about the machine that a condition decides. */
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
