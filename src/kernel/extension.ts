import type { ApiEffect } from './api';

/** A function that answers whether a device may reach private memory. */
export interface OwnFunction {
  readonly function: string;
  /** Which argument names the device; the first without it. */
  readonly argument?: number;
  /** The member that is the device, where the argument points at the structure around it. */
  readonly device?: string;
}

/** A member that says so of the device in the same structure. */
export interface OwnMember {
  readonly struct: string;
  readonly member: string;
  readonly device: string;
}

/** A trust predicate that users add. */
export type OwnPredicate = OwnFunction | OwnMember;

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
}

/** Marks the answer of a predicate that users added, among the calls of a path's condition. */
export const ownTrust = 'trust:';

/** Reads predicates and models into tables; of two for one function, the last holds. */
export function extensionOf(trust: readonly OwnPredicate[] = [], models: readonly OwnModel[] = []): Extension {
  return {
    effects: new Map(models.map((model) => [model.function, effectOf(model)])),
    functions: new Map(trust.flatMap((own) => ('function' in own ? [[own.function, own] as const] : []))),
    members: trust.flatMap((own) => ('member' in own ? [own] : [])),
  };
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
