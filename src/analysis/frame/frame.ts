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

/** The workspace as interpretation sees it: names, function summaries and user extensions. */
export interface Resolver extends Names {
  /** The summary of the callee, or why there is none: it is being computed (recursion), or the call depth limit is reached. */
  summary(callee: Callee): Summary | 'in progress' | 'too deep';
  /** Trust predicates and API effects added by the user. */
  readonly extension: Extension;
  readonly meter: Meter;
  /** See {@link Scope.resolveFlagAlias}. */
  resolveFlagAlias(frame: Frame, value: Value, at: Loc & { k: 'field' }): Value;
}

/** A DMA call with the state in which a path reaches it. */
export interface Sink {
  readonly event: DeviceEvent;
  readonly state: State;
}

/** A way a function can return: the state at exit and the result. */
export interface Exit {
  readonly state: State;
  readonly returns: Value;
}

/** The summary of a function, in terms of its parameters. */
export interface Summary {
  readonly callee: Callee;
  readonly exits: readonly Exit[];
  readonly sinks: readonly Sink[];
  /** See {@link Frame.retired}. */
  readonly retired: readonly State[];
  readonly typeHints: Frame['typeHints'];
  readonly containers: Frame['containers'];
  /** See {@link Frame.origins}. */
  readonly origins: ReadonlyMap<string, ResourceEvent>;
  readonly faults: readonly Fault[];
  /** Memory that some path shares with the host, in callees too. */
  readonly shares: readonly Share[];
  /** True when some path calls a DMA map function, in a callee too. */
  readonly mapsMemory: boolean;
  readonly assumptions: ReadonlySet<string>;
  readonly escapes: Frame['escapes'];
  readonly captured: Frame['captured'];
  /** What was not analyzed, here or in a callee. */
  readonly gaps: readonly Gap[];
}

/** A function that was not analyzed completely, and why. */
export interface Gap {
  readonly in: FunctionPlace;
  readonly why: string;
}

/**
 * The transfer functions for resources: mappings, memory and locks. Those of `untracked` do nothing, so that states never
 * differ in resources.
 */
export interface ResourceTracker {
  readonly enabled: boolean;
  /** The successors of a call with an effect on resources; null for any other call. */
  call(
    frame: Frame,
    state: State,
    op: Op & { k: 'call' },
    name: string,
    args: readonly Value[],
  ): readonly State[] | null;
  /** After a call of an unknown function: its arguments escape. */
  unknownCall(state: State, name: string, args: readonly Value[]): State;
  /** After one exit of a callee's summary was applied. */
  summarizedCall(s: Substitution, state: State, exit: Exit, args: readonly Value[]): State;
  /** Before an operation. */
  operation(frame: Frame, state: State, op: Op): State;
  /** After a store of `value`. */
  store(frame: Frame, state: State, op: Op & { k: 'assign' }, at: Loc, value: Value): State;
  /** At the end of a block with several successors. */
  fork(frame: Frame, state: State, block: number): State;
  /** Before the terminator of a block. */
  terminator(frame: Frame, state: State, end: Terminator): State;
  /** After a branch on `value`, on either edge. */
  branch(state: State, value: Value): State;
  /** At a return: reports leaks and unchecked results. */
  functionReturn(frame: Frame, state: State, returns: Value, at: Span): void;
  /** Before a call or loop cursor `id` runs again; `retired` is `state` without the values of the previous iteration. */
  nextIteration(state: State, retired: State, id: string): State;
}

/** The context of interpreting one function, and what it has found so far. */
export interface Frame extends Scope, Callee {
  readonly resolver: Resolver;
  readonly sinks: Map<string, Sink>;
  /** States in which a loop is done with a device, saved before its name is redefined by the next iteration. */
  readonly retired: Map<string, State>;
  readonly assumptions: Set<string>;
  /** Places passed to unknown callees, by place key. */
  readonly escapes: Map<string, Escape>;
  /** Places behind pointer parameters whose values some path captures, by place key; see `recordCapture()`. */
  readonly captured: Map<string, Loc>;
  /** By function and reason, so that a callee's gap is reported once. */
  readonly gaps: Map<string, Gap>;
  readonly tracker: ResourceTracker;
  /** The call that allocated a pointer or computed a raw address, by the key of its result. */
  readonly origins: Map<string, ResourceEvent>;
  readonly faults: Map<string, Fault>;
  readonly shares: Map<string, Share>;
  /** Keys of the results of map calls. */
  readonly mapResults: Set<string>;
  /** Keys of DMA addresses that a loop stores in an array or in a place that outlives the function. */
  readonly addressesStoredInLoop: Set<string>;
  /** Keys of DMA addresses that some path unmaps, returns or lets escape. */
  readonly releasedAddresses: Set<string>;
  /** Keys of DMA addresses that a join has merged with other values; uses after the join are not seen. */
  readonly joinedAddresses: Set<string>;
  /** Operations interpreted and callee exits applied so far. */
  readonly budget: { spent: number };
  /** Substitutions of each callee, by call site and arguments; reused in states that give the same answers. */
  readonly substitutions: Map<Summary, Map<string, readonly Substitution[]>>;
  /** Call sites, loop cursors and joins that have defined values; their values are retired before they define new ones. */
  readonly definedNames: Set<string>;
  /** The number of device states in which each DMA call was reached. */
  readonly stateCounts: Map<string, number>;
  /** Places for the offset of an original buffer that some path overwrites. */
  readonly overwrittenOffsets: Set<string>;
}

/** A place that an unknown callee may modify, and the call that passes it. */
export interface Escape {
  readonly at: Loc;
  readonly site: Site;
}
