import { userTrustPrefix } from '../../kernel/extension';
import type { BusType, UserPredicate } from '../../kernel/trust';
import { decided } from '../domain/path-condition';
import { containerOf, containerType, followMembers } from '../frame/device';
import { printValue } from '../domain/print';
import type { State } from '../domain/state';
import type { Loc, Value } from '../domain/values';
import { address } from '../domain/values';
import type { Frame } from '../frame/frame';

/** The result of a trust predicate on a path. */
export interface PredicateResult {
  /** The predicate, as C text. */
  readonly text: string;
  readonly holds: boolean;
  /** The assumption, if the predicate is on another device. */
  readonly assumption?: string;
}

/**
 * The result of a user's predicate on a device in a path condition. If a driver tests some device, its own device is assumed
 * (`assumeOwn`), as for a channel's flag; a bus that registers one device and tests another one has not tested the former.
 */
export function userPredicateOn(
  state: State,
  device: Loc,
  bus: BusType | null,
  frame: Frame,
  assumeOwn: boolean,
): PredicateResult | null {
  const linked = trustHolders(state, device, frame);
  const own = new Set([address(device).key, ...linked.map(({ key }) => key)]);
  const name = assumeOwn && bus?.trust ? `${userTrustPrefix}${nameOf(bus.trust)}` : null;
  let other: PredicateResult | null = null;
  for (const { value, equals, holds } of state.pathCondition.values()) {
    if (equals || value.k !== 'call' || !value.name.startsWith(userTrustPrefix)) continue;
    const text = printValue(value);
    if (own.has(value.args[0]?.key ?? '')) return { text, holds };
    if (value.name === name) other ??= { text, holds, assumption: `${text} refers to this device` };
  }
  // without the structure that holds the flag, the device is not trusted
  const missing = linked.find((pointer) => decided(state.pathCondition, pointer) === false);
  return missing ? { text: printValue(missing), holds: false } : other;
}

/** Pointers to the structures that hold a device's trust members, other than the structure that embeds the device. */
function trustHolders(state: State, device: Loc, frame: Frame): Value[] {
  const holder = containerOf(device, frame);
  const struct = containerType(frame, device)?.name;
  return frame.resolver.extension.members.flatMap((each) =>
    holder && each.path?.length && each.struct === struct ? [followMembers(state, address(holder), each.path)] : [],
  );
}

const nameOf = (trust: UserPredicate): string => ('member' in trust ? trust.member : trust.function);

/** The predicate of a bus as C text for a device, which is written as a member or as a pointer. */
export function userPredicateText(trust: UserPredicate, { member }: BusType, device: Loc, written: string): string {
  const embedded = device.k === 'field' ? new RegExp(`^(.+?)(->|\\.)${member}$`).exec(written) : null;
  const [, holder, arrow = '->'] = embedded ?? [];
  if ('member' in trust) {
    const members = [...(trust.path ?? []), trust.member].join('->');
    return holder === undefined ? trust.member : `${holder}${arrow}${members}`;
  }
  const around = holder === undefined ? '…' : `${arrow === '.' ? '&' : ''}${holder}`;
  const pointer = device.k === 'field' ? `&${written}` : written;
  return `${trust.function}(${trust.argument ? '…' : trust.device === undefined ? pointer : around})`;
}
