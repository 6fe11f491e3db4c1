import { apiEffects, callsOfKind } from '../../kernel/api';
import type { Symbols } from '../../kernel/config';
import { decidesTrust, extensionOf, userTrustPrefix, type Extension, type UserMember } from '../../kernel/extension';
import { atomicOps } from '../../kernel/resources';
import type { CParser } from '../../syntax/parser';
import { createPrefilter } from '../resolve/prefilter';
import { typeOfLoc } from '../frame/device';
import type { MemberStoreSource, FlagCopy } from './member-stores';
import { deviceBehind, flagCopy, flagWords, storesMember } from './member-stores';
import { frameOf, summarize } from '../interpret/interpret';
import type { Meter } from '../ir/ir';
import type { AnalysisCache, CalleeCache } from '../resolve/names';
import { createNames, createSources, readCached } from '../resolve/names';
import type { Reach, ReadText } from '../resolve/reach';
import { createReach } from '../resolve/reach';
import { mayUseResources, mayLock, sharingFunctions } from '../resolve/relevance';
import { aliasedFlag } from '../frame/substitute';
import type { Loc, Value } from '../domain/values';
import { address, callResult, field, operation } from '../domain/values';
import type { Frame, Resolver, Summary } from '../frame/frame';
import type { FunctionUnit, SourceUnit, Callee } from '../source/types';
import { calleeOf } from '../source/types';
import { patchUnit } from '../source/patch';
import type { FunctionPlace } from '../ir/places';

/** Maximum call depth; deeper callees are treated as unknown functions. */
const maxDepth = 40;

/** An analysis of one snapshot: files, name resolution, function summaries. */
export interface Workspace extends Resolver {
  unit(path: string): SourceUnit | null;
  text(path: string): string | null;
  /** The function of a name in a file; the first one if `#if` selects among several. */
  definition(path: string, name: string): FunctionUnit | null;
  /** The structure that embeds the device behind a stored pointer, from the file's stores to it; null if unknown. */
  deviceBehind(device: Loc, from: FunctionPlace, frame: Frame): string | null;
  /** Requested paths that have not been loaded; the analysis is provisional until they are. */
  readonly missing: ReadonlySet<string>;
  /**
   * False for a file that cannot have findings: it contains no candidate word, and does not free an object that a function of
   * another file may have initialized.
   */
  isCandidate(path: string): boolean;
  /** Global functions of other files that initialize the device in an object, which is then reference-counted. */
  initializers(): ReadonlySet<string>;
  /** True for a file that registers devices of a bus: it contains the bus's structure and a registering call. */
  registers(path: string): boolean;
  /** True for a file whose text contains a word. */
  containsWord(path: string, word: string): boolean;
  /** The callee's summary including its effects on mappings, memory and locks; null if it has none. */
  resources(callee: Callee): ReturnType<Resolver['summary']> | null;
  /** True for a function that operates on mappings, memory or locks directly, or shares memory through a callee. */
  usesResources(fn: Pick<Callee, 'place' | 'words'>): boolean;
  /** Requests all texts that the analysis of a file may need. */
  prepare(path: string): void;
  /** Paths of texts that the analysis read and that have changed since. */
  changed(readText: ReadText): readonly string[];
  /** A workspace over the changed texts, which reuses all results that the change does not affect. */
  next(request: WorkspaceRequest): Workspace;
}

/** The summary of a function, or null if it is not available. */
export function summaryOf(workspace: Workspace, fn: FunctionUnit): Summary | null {
  const summary = workspace.summary(calleeOf(fn));
  return typeof summary === 'object' ? summary : null;
}

/** Results that one workspace passes to the next. */
interface Reusable {
  readonly summaries: Map<FunctionPlace, Summary | null>;
  /** Summaries that include effects on resources. */
  readonly tracked: Map<FunctionPlace, Summary | null>;
  readonly copies: Map<string, FlagCopy | null>;
  readonly resolved: CalleeCache;
  /** The headers that each file includes, directly or indirectly. */
  readonly headers: Map<string, ReadonlyMap<string, number>>;
}

function nothingReusable(): Reusable {
  return { summaries: new Map(), tracked: new Map(), copies: new Map(), resolved: new Map(), headers: new Map() };
}

export interface WorkspaceRequest {
  readonly readText: ReadText;
  /** Root of the kernel tree, or null. */
  readonly tree: string | null;
  /** The files under analysis, whose global functions are visible to each other. */
  readonly files: readonly string[];
  /** Files whose global functions are visible if no file under analysis defines the name. */
  readonly context: readonly string[];
  /** The candidate words; see {@link Workspace.isCandidate}. */
  readonly candidateTokens: Iterable<string>;
  /** Configuration symbols that decide `#if`; by default, those of a confidential VM's kernel. */
  readonly symbols?: Symbols;
  /** The user's trust predicates and models. */
  readonly own?: Extension;
  readonly meter?: Meter;
}

/**
 * A workspace over a snapshot of texts. A name is resolved in the file, then in the headers that it includes, then in the
 * other files under analysis, then in the context.
 */
export function createWorkspace(parser: CParser, request: WorkspaceRequest, cache: AnalysisCache): Workspace {
  return workspaceWith(parser, request, cache, nothingReusable());
}

function workspaceWith(
  parser: CParser,
  request: WorkspaceRequest,
  cache: AnalysisCache,
  reusable: Reusable,
): Workspace {
  const reach = createReach(request.readText, request.tree, cache.outlines, reusable.headers);
  const unit = (path: string): SourceUnit | null => readCached(parser, reach, cache, path, request.symbols);
  const sources = createSources(parser, reach, cache, request, unit);
  const extension = request.own ?? extensionOf();
  const prefilter = createPrefilter(reach, cache.candidates, { ...request, own: extension });
  const names = createNames(reach, sources, prefilter, request, reusable.resolved);
  const { summaries, tracked, copies } = reusable;
  const deviceTypes = new Map<string, string | null>();
  const memoTable = createMemo();
  const atomicOpIn = ({ file, name }: FunctionPlace): string | null => atomicOpOf(sources.whole(file), name);
  const memo = memoTable(summaries);
  const trackedMemo = memoTable(tracked);
  const summarizeResources = (callee: Callee, atomicOp: string | null = null) =>
    trackedMemo(callee, () => summarize(callee, tracking, { atomicOp }));
  const workspace: Workspace = {
    ...names,
    isCandidate: prefilter.isCandidate,
    initializers: prefilter.initializers,
    extension,
    meter: request.meter ?? { operations: 0 },
    missing: reach.missing,
    prepare: (path) => void reach.headers(path),
    registers: (path) => registers(reach.text(path) ?? '', extension),
    containsWord: (path, word) => reach.text(path)?.includes(word) ?? false,
    changed: (readText) => reach.changed(readText),
    next: (later) => workspaceWith(parser, later, cache, reusableAfter(parser, later, cache, reach, reusable)),
    unit,
    text: (path) => reach.text(path),
    definition: (path, name) => sources.functions(path, name)[0] ?? null,
    summary: (callee) => memo(callee, () => summarize(callee, workspace)),
    usesResources: ({ place, words }) =>
      mayUseResources(words) ||
      (words.has('GFP_KERNEL') && atomicOpIn(place) !== null) ||
      sharesMemory(sources.whole(place.file), place.name),
    resources: (callee) =>
      workspace.usesResources(callee) ? summarizeResources(callee, atomicOpIn(callee.place)) : null,
    deviceBehind(device, from, frame) {
      const here = sources.whole(from.file);
      return here && deviceBehind(here, memberStores, device, frame, deviceTypes);
    },
    resolveFlagAlias(frame, value, at) {
      const answer = userPredicateValue(extension, frame, value, at);
      if (answer) return answer;
      const here = sources.whole(frame.place.file);
      return here ? resolveFlagCopy(here, memberStores, copies, frame, value, at) : value;
    },
  };
  const tracking: Resolver = {
    ...workspace,
    // a callee may take or release a lock of its caller
    summary: (callee) =>
      workspace.resources(callee) ?? (mayLock(callee) ? summarizeResources(callee) : workspace.summary(callee)),
  };
  // a search for stores may reach the function that is being summarized, which is not a recursive call
  const summarizeForSearch = (callee: Callee) => memo(callee, () => summarize(callee, workspace), false);
  const memberStores: MemberStoreSource = {
    summaryOf: (fn) => summaryOf({ ...workspace, summary: summarizeForSearch }, fn),
    frameOf: (made) => frameOf(made, workspace),
  };
  return workspace;
}

type Memoize = (callee: Callee, make: () => Summary, isCall?: boolean) => ReturnType<Resolver['summary']>;

/** Memoizes summaries, detects recursion, and limits the call depth across all memo tables. */
function createMemo(): (known: Reusable['summaries']) => Memoize {
  let depth = 0;
  return (known) => {
    /** Functions that were called while they were being summarized. */
    const recursive = new Set<FunctionPlace>();
    return (callee, make, isCall = true) => {
      const last = known.get(callee.place);
      if (last) return last;
      if (last === null) {
        if (isCall) recursive.add(callee.place);
        return 'in progress';
      }
      if (depth >= maxDepth) return 'too deep';
      known.set(callee.place, null);
      depth++;
      const once = make();
      depth--;
      const made = recursive.delete(callee.place) ? withRecursionGap(once) : once;
      known.set(callee.place, made);
      return made;
    };
  };
}

/**
 * The summary of a recursive function, in which the inner call has no effect. If the function changes no device, that is
 * complete; otherwise there is a gap. A macro is not expanded recursively in C.
 */
function withRecursionGap(once: Summary): Summary {
  const { place } = once.callee;
  if (place.macro || !once.exits.some((exit) => exit.state.deviceTypestates.size > 0)) return once;
  return { ...once, gaps: [...once.gaps, { in: place, why: 'recursive; only the outermost call is analyzed' }] };
}

/** The results that stay valid after an edit: those that do not depend on the edited function, or none for a larger change. */
function reusableAfter(
  parser: CParser,
  request: WorkspaceRequest,
  cache: AnalysisCache,
  reach: Reach,
  reusable: Reusable,
): Reusable {
  const [path, ...others] = reach.changed(request.readText);
  const text = path === undefined ? null : request.readText(path);
  const unit = path === undefined ? undefined : cache.units.get(path);
  if (path === undefined || others.length > 0 || !unit || !text || unit.text === text) return nothingReusable();
  const patch = patchUnit(parser, unit, text);
  if (!patch) return nothingReusable();
  cache.units.set(path, patch.unit);
  if ([patch.was, patch.is].some((fn) => mayChangeFlagCopies(fn, reusable.copies))) return nothingReusable();
  const { name } = patch.was.place;
  const { copies, headers } = reusable;
  const resolved = new Map(reusable.resolved);
  resolved.delete(name);
  const { tables } = patch.unit;
  const summaries = withoutCallersOf(name, reusable.summaries, tables);
  const tracked = withoutCallersOf(name, reusable.tracked, tables);
  return { summaries, tracked, copies, resolved, headers };
}

/** True for a function that stores to a flag copy, or names a flag and stores to a member that may become a copy. */
function mayChangeFlagCopies(fn: FunctionUnit, copies: Reusable['copies']): boolean {
  const namesFlag = flagWords.some((word) => fn.words.has(word));
  return [...copies].some(
    ([key, copy]) => (copy ?? namesFlag) && storesMember(fn, key.slice(key.lastIndexOf(':') + 1)),
  );
}

/** Names by which code calls a function: its own, its cleanup class, and tables that contain it. */
function callNames(name: string, tables: SourceUnit['tables']): string[] {
  const [, of] = /^(?:__free_(\w+)|class_(\w+)_(?:con|de)structor)$/.exec(name)?.filter(Boolean) ?? [];
  const holders = [...tables].flatMap(([key, fn]) => (fn === name ? [key.slice(0, key.lastIndexOf('.'))] : []));
  return [name, ...(of ? [of] : []), ...holders];
}

/** The summaries that cannot depend on a function: neither they nor their transitive callees name it. */
function withoutCallersOf(
  name: string,
  summaries: Reusable['summaries'],
  tables: SourceUnit['tables'],
): Reusable['summaries'] {
  const stale = new Set(callNames(name, tables));
  const kept = new Map(summaries);
  for (let grew = true; grew;) {
    grew = false;
    for (const [place, summary] of kept) {
      const depends = stale.has(place.name) || !summary || [...stale].some((other) => summary.callee.words.has(other));
      if (!depends) continue;
      kept.delete(place);
      for (const each of callNames(place.name, tables)) stale.add(each);
      grew = true;
    }
  }
  return kept;
}

function sharesMemory(unit: SourceUnit | null, name: string): boolean {
  return unit !== null && sharingFunctions(unit).has(name);
}

const registeringCall = registeringPattern(apiEffects);

/** A pattern for calls that add or register a device. */
function registeringPattern(effects: Extension['effects']): RegExp | null {
  const adds = callsOfKind(effects, 'add', 'register');
  return adds.length > 0 ? new RegExp(`\\b(?:${adds.join('|')})\\(`) : null;
}

/** True for a text that may register devices of a bus with a trust predicate. */
function registers(text: string, { buses, effects }: Extension): boolean {
  const calls = [registeringCall, registeringPattern(effects)].some((call) => call?.test(text));
  return calls && buses.some((bus) => decidesTrust(bus) && text.includes(bus.struct));
}

/** The operation, called in atomic context, that a constant table assigns to a function; or null. */
function atomicOpOf(unit: SourceUnit | null, name: string): string | null {
  for (const [key, fn] of unit?.tables ?? []) {
    const op = key.slice(key.lastIndexOf('.') + 1);
    if (fn === name && atomicOps.has(op)) return op;
  }
  return null;
}

/**
 * The value of a member that is a user's trust predicate, as a call; otherwise null. It refers to the device in the same
 * structure, or, if the predicate has a path, to the structure that contains the member.
 */
function userPredicateValue(
  { members }: Extension,
  frame: Frame,
  value: Value,
  at: Loc & { k: 'field' },
): Value | null {
  const named = members.filter(({ member }) => member === at.name);
  const struct = named.length > 0 ? typeOfLoc(frame, at.base)?.name : null;
  const own = named.find((each) => holderOf(each, frame) === struct);
  if (!own) return null;
  const about = own.path?.length ? at.base : field(at.base, own.device);
  return callResult(`${userTrustPrefix}${own.member}`, [address(about), value], null);
}

/** The structure that contains the member of a predicate. */
function holderOf({ struct, path = [] }: UserMember, { resolver, place }: Frame): string {
  return path.reduce((at, member) => {
    const type = resolver.fieldType(at, member, place);
    return type ? resolver.plainType(type, place).name : '?';
  }, struct);
}

/** The value of the flag that a structure member copies; the value of the member if it is not a copy. */
function resolveFlagCopy(
  unit: SourceUnit,
  memberStores: MemberStoreSource,
  copies: Map<string, FlagCopy | null>,
  frame: Frame,
  value: Value,
  at: Loc & { k: 'field' },
): Value {
  const key = `${unit.path}:${at.name}`;
  let copy = copies.get(key);
  if (copy === undefined) {
    // null during the search, so that the search itself does not resolve aliases
    copies.set(key, null);
    copy = flagCopy(unit, memberStores, at.name, typeOfLoc(frame, at.base)?.name ?? null);
    copies.set(key, copy);
  }
  if (!copy) return value;
  const flag = aliasedFlag(copy.flag, value, copy.negated);
  return copy.negated ? operation('!', [flag]) : flag;
}
