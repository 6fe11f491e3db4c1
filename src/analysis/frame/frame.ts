import type { Extension } from '../../kernel/extension';
import type { Scope } from './evaluate';
import type { DeviceEvent, ResourceEvent } from '../domain/events';
import type { Meter, Op, Span, Terminator } from '../ir/ir';
import type { Names } from '../resolve/names';
import type { State } from '../domain/state';
import type { Substitution } from './substitute';
import type { Loc, Value } from '../domain/values';
import type { Callee } from '../source/types';
import type { FunctionPlace, Site } from '../ir/places';
import type { Fault } from './faults';
import type { Share } from './shares';

/** What interpretation asks of the workspace: names, summaries, and what users add. */
export interface Resolver extends Names {
  /** The callee's summary, or why there is none: it is being computed (recursion), or calls nest too deep. */
  summary(callee: Callee): Summary | 'under way' | 'too deep';
  /** Trust predicates and effects that users add. */
  readonly own: Extension;
  readonly meter: Meter;
  /** See {@link Scope.resolveFlagAlias}. */
  resolveFlagAlias(frame: Frame, value: Value, at: Loc & { k: 'field' }): Value;
}

/** A path that reached a DMA call: what had happened before, and under which condition. */
export interface Sink {
  readonly event: DeviceEvent;
  readonly state: State;
}

/** One way through a function. */
export interface Exit {
  readonly state: State;
  readonly returns: Value;
}

/** What a function does, in terms of its parameters. */
export interface Summary {
  readonly callee: Callee;
  readonly exits: readonly Exit[];
  readonly sinks: readonly Sink[];
  /** Paths of devices that a loop was done with before it went on to the next one. */
  readonly finished: readonly State[];
  readonly hints: Frame['hints'];
  readonly views: Frame['views'];
  /** Memory that it allocates, by the key of the pointer; see {@link Frame.resources}. */
  readonly made: ReadonlyMap<string, ResourceEvent>;
  readonly faults: readonly Fault[];
  /** Paths that give memory to the other side of a channel, callees' included. */
  readonly shares: readonly Share[];
  /** Some path maps memory. */
  readonly maps: boolean;
  readonly assumptions: ReadonlySet<string>;
  readonly escapes: Frame['escapes'];
  readonly captured: Frame['captured'];
  /** What was not followed, here or in a callee. */
  readonly gaps: readonly Gap[];
}

/** A function of which some part was not followed, and why. */
export interface Gap {
  readonly in: FunctionPlace;
  readonly why: string;
}

/**
 * The hooks through which interpretation follows resources: mappings, memory and locks. With `untracked` they do nothing, and
 * states do not differ in resources.
 */
export interface ResourceTracker {
  readonly tracks: boolean;
  /** The states after a call with an effect on resources; null for any other call. */
  call(
    frame: Frame,
    state: State,
    op: Op & { k: 'call' },
    name: string,
    args: readonly Value[],
  ): readonly State[] | null;
  /** After a call whose callee is unknown: its arguments escape. */
  unknownCall(state: State, name: string, args: readonly Value[]): State;
  /** After a callee's summary was applied by way of `exit`. */
  summarizedCall(s: Substitution, state: State, exit: Exit, args: readonly Value[]): State;
  /** Before an operation. */
  operation(frame: Frame, state: State, op: Op): State;
  /** After a store of `value`. */
  store(frame: Frame, state: State, op: Op & { k: 'assign' }, at: Loc, value: Value): State;
  /** Before a block with several successors is left. */
  fork(frame: Frame, state: State, block: number): State;
  /** Before the last step of a block. */
  terminator(frame: Frame, state: State, end: Terminator): State;
  /** After a branch on `value` was taken. */
  branch(state: State, value: Value): State;
  /** At a return: records what leaks. */
  leave(frame: Frame, state: State, returns: Value, at: Span): void;
  /** A call or loop cursor `id` is about to run again: `retired` is the state without its old values. */
  nextIteration(state: State, retired: State, id: string): State;
}

/** The analysis of one function under way. */
export interface Frame extends Scope, Callee {
  readonly resolver: Resolver;
  readonly sinks: Map<string, Sink>;
  readonly finished: Map<string, State>;
  readonly assumptions: Set<string>;
  /** Memory that was handed to a callee of which nothing is known, by place. */
  readonly escapes: Map<string, Escape>;
  /** Places behind pointer parameters whose values some path stores away, or hands to a callee of which nothing is known. */
  readonly captured: Map<string, Loc>;
  /** By function and reason: a callee's gap is told once, however many ways lead to it. */
  readonly gaps: Map<string, Gap>;
  readonly tracker: ResourceTracker;
  readonly made: Map<string, ResourceEvent>;
  readonly faults: Map<string, Fault>;
  readonly shares: Map<string, Share>;
  /** Keys of what map calls returned. */
  readonly mapped: Set<string>;
  /** Keys of DMA addresses that a loop stores where they outlive the function. */
  readonly stored: Set<string>;
  /** Keys of DMA addresses that some path unmaps or gives away. */
  readonly used: Set<string>;
  /** Keys of DMA addresses that one of several is where paths meet: what happens to it there is not seen. */
  readonly joinedAddresses: Set<string>;
  /** Operations run and callees' ways out applied so far. */
  readonly effort: { spent: number };
  /** How callees read at the calls so far, by call and arguments. */
  readonly translations: Map<Summary, Map<string, readonly Substitution[]>>;
  /** Calls and loop cursors that ran already, and places where differing values met: what they name makes way when they come again. */
  readonly definedNames: Set<string>;
  /** In how many device states each DMA call was met. */
  readonly stateCounts: Map<string, number>;
  /** Places that held the offset of an original buffer, or may have, and get another value. */
  readonly rewritten: Set<string>;
}

/** A place that code out of reach may have changed, and the call that handed it over. */
export interface Escape {
  readonly at: Loc;
  readonly site: Site;
}
