import { userTrustPrefix } from '../../kernel/extension';
import type { BusType, UserPredicate } from '../../kernel/trust';
import { decided } from '../domain/path-condition';
import { containerOf, containerType, followMembers } from '../frame/device';
import { printValue } from '../domain/print';
import type { State } from '../domain/state';
import type { Loc, Value } from '../domain/values';
import { address } from '../domain/values';
import type { Frame } from '../frame/frame';

/** What a path's condition says of a device by somebody's word. */
export interface Vouched {
  /** The question, as C text. */
  readonly text: string;
  readonly holds: boolean;
  /** What is taken for granted where the question names another device. */
  readonly assumption?: string;
}

/**
 * What a path says of a device by a predicate that users added. A driver that asks it of some device means its own
 * (`borrow`), as it does with a channel's flag; a bus that registers one device and asks about another does not.
 */
export function vouchedFor(
  state: State,
  device: Loc,
  bus: BusType | null,
  frame: Frame,
  borrow: boolean,
): Vouched | null {
  const linked = linkedTo(state, device, frame);
  const own = new Set([address(device).key, ...linked.map(({ key }) => key)]);
  const name = borrow && bus?.trust ? `${userTrustPrefix}${nameOf(bus.trust)}` : null;
  let other: Vouched | null = null;
  for (const { value, equals, holds } of state.pathCondition.values()) {
    if (equals || value.k !== 'call' || !value.name.startsWith(userTrustPrefix)) continue;
    const text = printValue(value);
    if (own.has(value.args[0]?.key ?? '')) return { text, holds };
    if (value.name === name) other ??= { text, holds, assumption: `${text} is about this device` };
  }
  // where there is no structure with the flag, nobody vouches
  const missing = linked.find((pointer) => decided(state.pathCondition, pointer) === false);
  return missing ? { text: printValue(missing), holds: false } : other;
}

/** Pointers to the structures that hold what predicates ask of a device, where these are not its own. */
function linkedTo(state: State, device: Loc, frame: Frame): Value[] {
  const holder = containerOf(device, frame);
  const struct = containerType(frame, device)?.name;
  return frame.resolver.extension.members.flatMap((each) =>
    holder && each.path?.length && each.struct === struct ? [followMembers(state, address(holder), each.path)] : [],
  );
}

const nameOf = (trust: UserPredicate): string => ('member' in trust ? trust.member : trust.function);

/** The predicate of a bus as code can ask it of a device, which may be written as a member or as a pointer to one. */
export function predicateOf(trust: UserPredicate, { member }: BusType, device: Loc, written: string): string {
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
