import type { ApiEffect } from './api';
import { busTypes, type BusType, type OwnBus, type OwnFunction, type OwnMember, type OwnPredicate } from './trust';

export type { OwnFunction, OwnMember, OwnPredicate } from './trust';

/** What a function of the user's does to the device that an argument names. */
export interface OwnModel {
  readonly function: string;
  readonly effect: 'initialize' | 'add' | 'register' | 'unregister' | 'map' | 'unmap' | 'alloc' | 'free';
  /** Which argument names the device; the first without it. */
  readonly argument?: number;
  /** Members from the argument to a pointer to the device. */
  readonly path?: readonly string[];
  /** The member that is the device, where these lead to the structure around it. */
  readonly device?: string;
  /** Which argument is the size of what is mapped or allocated. */
  readonly size?: number;
}

/** What users add, ready to be looked up by name. */
export interface Extension {
  readonly effects: ReadonlyMap<string, ApiEffect>;
  readonly functions: ReadonlyMap<string, OwnFunction>;
  readonly members: readonly OwnMember[];
  /** Bus types, those of users first; a bus all of whose devices are judged knows its predicate. */
  readonly buses: readonly BusType[];
  /** Members whose stores decide which structure's flag a device goes by. */
  readonly telling: ReadonlySet<string>;
  /** All that users name: functions, and members that answer. */
  readonly words: ReadonlySet<string>;
}

/** Marks the answer of a predicate that users added, among the calls of a path's condition. */
export const ownTrust = 'trust:';

/** Reads predicates and models into tables; of two for one function or bus, the last holds. */
export function extensionOf(trust: readonly OwnPredicate[] = [], models: readonly OwnModel[] = []): Extension {
  const members = trust.flatMap((own) => ('member' in own ? [own] : []));
  const effects = new Map(models.map((model) => [model.function, effectOf(model)]));
  const functions = new Map(trust.flatMap((own) => ('function' in own ? [[own.function, own] as const] : [])));
  return {
    effects,
    functions,
    members,
    words: new Set([...effects.keys(), ...functions.keys(), ...members.map(({ member }) => member)]),
    buses: busesWith(trust),
    telling: new Set(members.flatMap(({ path = [], member }) => [...path, member])),
  };
}

/** The bus types, with the predicates of those that users describe or name. */
function busesWith(trust: readonly OwnPredicate[]): readonly BusType[] {
  const described = new Map<string, BusType>();
  const named = new Map<string, OwnPredicate>();
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

function busOf({ name, struct, device, home, drivers }: OwnBus, trust: OwnPredicate): BusType {
  const places = { ...(home !== undefined && { home }), ...(drivers !== undefined && { drivers }) };
  return { bus: name, struct, member: device, trust, ...places };
}

/** True for a bus on which the code that registers a device decides what the device may see. */
export function decidesTrust(bus: BusType | null | undefined): bus is BusType {
  return bus?.channel !== undefined || bus?.trust !== undefined;
}

function effectOf({ function: name, effect: kind, argument = 0, path = [], device, size }: OwnModel): ApiEffect {
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
