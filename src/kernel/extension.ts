import type { ApiEffect } from './api';
import { busTypes, type BusType, type UserBus, type UserFunction, type UserMember, type UserPredicate } from './trust';

export type { UserFunction, UserMember, UserPredicate } from './trust';

/** The effect of a user's function on the device that an argument names. */
export interface UserModel {
  readonly function: string;
  readonly effect: 'initialize' | 'add' | 'register' | 'unregister' | 'map' | 'unmap' | 'alloc' | 'free';
  /** Index of the argument that names the device; 0 by default. */
  readonly argument?: number;
  /** Members from the argument to a pointer to the device. */
  readonly path?: readonly string[];
  /** The member that embeds the device, if the argument and path lead to the enclosing structure. */
  readonly device?: string;
  /** Index of the argument with the size of the mapping or allocation. */
  readonly size?: number;
}

/** The user's additions, as tables by name. */
export interface Extension {
  readonly effects: ReadonlyMap<string, ApiEffect>;
  readonly functions: ReadonlyMap<string, UserFunction>;
  readonly members: readonly UserMember[];
  /** Bus types, the user's first, with the predicates that apply to them. */
  readonly buses: readonly BusType[];
  /** Members whose stores decide which structure holds the flag of a device. */
  readonly trustMembers: ReadonlySet<string>;
  /** All functions and predicate members that the user names. */
  readonly words: ReadonlySet<string>;
}

/** Prefix of the result of a user's predicate, among the calls in a path condition. */
export const userTrustPrefix = 'trust:';

/** Builds the tables from predicates and models; the last one for a function or bus takes precedence. */
export function extensionOf(trust: readonly UserPredicate[] = [], models: readonly UserModel[] = []): Extension {
  const members = trust.flatMap((own) => ('member' in own ? [own] : []));
  const effects = new Map(models.map((model) => [model.function, effectOf(model)]));
  const functions = new Map(trust.flatMap((own) => ('function' in own ? [[own.function, own] as const] : [])));
  return {
    effects,
    functions,
    members,
    words: new Set([...effects.keys(), ...functions.keys(), ...members.map(({ member }) => member)]),
    buses: busesWith(trust),
    trustMembers: new Set(members.flatMap(({ path = [], member }) => [...path, member])),
  };
}

/** The bus types, including the user's, with the user's predicates. */
function busesWith(trust: readonly UserPredicate[]): readonly BusType[] {
  const described = new Map<string, BusType>();
  const named = new Map<string, UserPredicate>();
  for (const predicate of trust) {
    const { bus } = predicate;
    if (typeof bus === 'string') named.set(bus, predicate);
    else if (bus) described.set(bus.name, busOf(bus, predicate));
  }
  const known = busTypes.map((bus) => {
    const predicate = named.get(bus.bus);
    return predicate ? { ...bus, trust: predicate } : bus;
  });
  return [...described.values(), ...known];
}

function busOf({ name, struct, device, home, drivers }: UserBus, trust: UserPredicate): BusType {
  const places = { ...(home !== undefined && { home }), ...(drivers !== undefined && { drivers }) };
  return { bus: name, struct, member: device, trust, ...places };
}

/** True for a bus whose code decides, when it registers a device, whether the device may access private memory. */
export function decidesTrust(bus: BusType | null | undefined): bus is BusType {
  return bus?.channel !== undefined || bus?.trust !== undefined;
}

function effectOf({ function: name, effect: kind, argument = 0, path = [], device, size }: UserModel): ApiEffect {
  const common = { name, device: { argument, path, ...(device !== undefined && { member: device }) } };
  switch (kind) {
    case 'map':
      return { ...common, kind, form: 'page', ...(size !== undefined && { size }) };
    case 'unmap':
      return { ...common, kind, form: 'page' };
    case 'alloc':
      return { ...common, kind, size: size ?? -1 };
    default:
      return { ...common, kind };
  }
}
