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
import type { AnalysisCache, Resolved } from '../resolve/names';
import { createNames, createSources, readCached } from '../resolve/names';
import type { Reach, ReadText } from '../resolve/reach';
import { createReach } from '../resolve/reach';
import { holdsResources, mayLock, sharingFunctions } from '../resolve/relevance';
import { aliasedFlag } from '../frame/substitute';
import type { Loc, Value } from '../domain/values';
import { address, callResult, field, operation } from '../domain/values';
import type { Frame, Resolver, Summary } from '../frame/frame';
import type { FunctionUnit, SourceUnit, Callee } from '../source/types';
import { calleeOf } from '../source/types';
import { patchUnit } from '../source/patch';
import type { FunctionPlace } from '../ir/places';

/** Calls are followed this deep; what is called deeper down counts as not in reach. */
const maxDepth = 40;

/** One analysis over one snapshot: files, name resolution, summaries. */
export interface Workspace extends Resolver {
  unit(path: string): SourceUnit | null;
  text(path: string): string | null;
  /** The function of a name in a file, the first where `#if` chooses between several. */
  definition(path: string, name: string): FunctionUnit | null;
  /** The structure that embeds the device behind a stored pointer, as the rest of the file tells; null if it does not. */
  deviceBehind(device: Loc, from: FunctionPlace, frame: Frame): string | null;
  /** Paths that were asked for and not loaded; the analysis is provisional until they are. */
  readonly missing: ReadonlySet<string>;
  /**
   * False for a source of which nothing can be told: it holds no word that bears on devices, nor does it free what a function
   * of another file may have initialised.
   */
  isCandidate(path: string): boolean;
  /** Functions of other files in sight after which an object belongs to its references: they initialise the device in it. */
  initialisers(): ReadonlySet<string>;
  /** True for a file that registers devices of a bus: it names the bus's structure and a call that registers. */
  registers(path: string): boolean;
  /** True for a file in whose text a word stands. */
  names(path: string, word: string): boolean;
  /** The callee's summary with what it does to mappings, memory and locks, where it does anything to them; else null. */
  resources(callee: Callee): ReturnType<Resolver['summary']> | null;
  /** True for a function that does anything to mappings, memory or locks by itself, or shares memory through another. */
  followsResources(fn: Pick<Callee, 'place' | 'words'>): boolean;
  /** Asks for all texts that the analysis of a file can need, before anything is analysed. */
  prepare(path: string): void;
  /** Texts that the analysis read and that are different now. */
  changed(readText: ReadText): readonly string[];
  /** A workspace over the changed texts that takes over all that the change leaves as it was. */
  next(request: WorkspaceRequest): Workspace;
}

/** The summary of a function, or null where there is none now. */
export function summaryOf(workspace: Workspace, fn: FunctionUnit): Summary | null {
  const summary = workspace.summary(calleeOf(fn));
  return typeof summary === 'object' ? summary : null;
}

/** What one workspace hands to the next. */
interface Knowledge {
  readonly summaries: Map<FunctionPlace, Summary | null>;
  /** Summaries that follow resources too. */
  readonly tracked: Map<FunctionPlace, Summary | null>;
  readonly copies: Map<string, FlagCopy | null>;
  readonly resolved: Resolved;
  /** The headers that each file reaches. */
  readonly headers: Map<string, ReadonlyMap<string, number>>;
}

function noKnowledge(): Knowledge {
  return { summaries: new Map(), tracked: new Map(), copies: new Map(), resolved: new Map(), headers: new Map() };
}

export interface WorkspaceRequest {
  readonly readText: ReadText;
  /** Root of the kernel tree, or null. */
  readonly tree: string | null;
  /** The files under analysis: they see each other's global functions. */
  readonly files: readonly string[];
  /** Files whose global functions they see where they define none themselves. */
  readonly context: readonly string[];
  /** Words of which a file has to hold one to be analyzed; see {@link Workspace.bears}. */
  readonly candidateTokens: Iterable<string>;
  /** Configuration symbols that decide `#if`; those of a confidential VM's kernel unless given. */
  readonly symbols?: Symbols;
  /** Trust predicates and effects that users add. */
  readonly own?: Extension;
  readonly meter?: Meter;
}

/**
 * A workspace over a snapshot of texts. Names resolve as C would: in the file, then in the headers that it includes, then
 * among the other files under analysis, then among those of the context.
 */
export function createWorkspace(parser: CParser, request: WorkspaceRequest, cache: AnalysisCache): Workspace {
  return workspaceWith(parser, request, cache, noKnowledge());
}

function workspaceWith(
  parser: CParser,
  request: WorkspaceRequest,
  cache: AnalysisCache,
  knowledge: Knowledge,
): Workspace {
  const reach = createReach(request.readText, request.tree, cache.outlines, knowledge.headers);
  const unit = (path: string): SourceUnit | null => readCached(parser, reach, cache, path, request.symbols);
  const sources = createSources(parser, reach, cache, request, unit);
  const extension = request.own ?? extensionOf();
  const prefilter = createPrefilter(reach, cache.candidates, { ...request, own: extension });
  const names = createNames(reach, sources, prefilter, request, knowledge.resolved);
  const { summaries, tracked, copies } = knowledge;
  const behind = new Map<string, string | null>();
  const remembering = createRemembering();
  const atomicOpIn = ({ file, name }: FunctionPlace): string | null => atomicOpOf(sources.whole(file), name);
  const plain = remembering(summaries);
  const following = remembering(tracked);
  const follow = (callee: Callee, atomicOp: string | null = null) =>
    following(callee, () => summarize(callee, tracking, { atomicOp }));
  const workspace: Workspace = {
    ...names,
    isCandidate: prefilter.isCandidate,
    initialisers: prefilter.initialisers,
    extension,
    meter: request.meter ?? { operations: 0 },
    missing: reach.missing,
    prepare: (path) => void reach.headers(path),
    registers: (path) => registers(reach.text(path) ?? '', extension),
    names: (path, word) => reach.text(path)?.includes(word) ?? false,
    changed: (readText) => reach.changed(readText),
    next: (later) => workspaceWith(parser, later, cache, knowledgeAfter(parser, later, cache, reach, knowledge)),
    unit,
    text: (path) => reach.text(path),
    definition: (path, name) => sources.functions(path, name)[0] ?? null,
    summary: (callee) => plain(callee, () => summarize(callee, workspace)),
    followsResources: ({ place, words }) =>
      holdsResources(words) ||
      (words.has('GFP_KERNEL') && atomicOpIn(place) !== null) ||
      sharesIn(sources.whole(place.file), place.name),
    resources: (callee) => (workspace.followsResources(callee) ? follow(callee, atomicOpIn(callee.place)) : null),
    deviceBehind(device, from, frame) {
      const here = sources.whole(from.file);
      return here && deviceBehind(here, facts, device, frame, behind);
    },
    resolveFlagAlias(frame, value, at) {
      const answer = ownAnswer(extension, frame, value, at);
      if (answer) return answer;
      const here = sources.whole(frame.place.file);
      return here ? flagBehind(here, facts, copies, frame, value, at) : value;
    },
  };
  const tracking: Resolver = {
    ...workspace,
    // a helper may take or release the lock that its caller holds
    summary: (callee) => workspace.resources(callee) ?? (mayLock(callee) ? follow(callee) : workspace.summary(callee)),
  };
  // a search for what functions store may come upon the one under way; that is no call
  const searched = (callee: Callee) => plain(callee, () => summarize(callee, workspace), false);
  const facts: MemberStoreSource = {
    summaryOf: (fn) => summaryOf({ ...workspace, summary: searched }, fn),
    frameOf: (made) => frameOf(made, workspace),
  };
  return workspace;
}

type Remember = (callee: Callee, make: () => Summary, isCall?: boolean) => ReturnType<Resolver['summary']>;

/** Makes each summary once, and again for a function that calls itself; calls are followed to one depth, whatever is remembered. */
function createRemembering(): (known: Knowledge['summaries']) => Remember {
  let depth = 0;
  return (known) => {
    /** Functions that were called while they were summarised. */
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
      const made = recursive.delete(callee.place) ? firstRoundOf(once) : once;
      known.set(callee.place, made);
      return made;
    };
  };
}

/**
 * The summary of a function that calls itself, made with the inner call changing nothing. That is all there is to it where
 * the function changes no device; else the effect of further rounds is missing. A macro is not expanded in itself by C either.
 */
function firstRoundOf(once: Summary): Summary {
  const { place } = once.callee;
  if (place.macro || !once.exits.some((exit) => exit.state.deviceTypestates.size > 0)) return once;
  return { ...once, gaps: [...once.gaps, { in: place, why: 'calls itself; only its first round is followed' }] };
}

/** What is still true after the texts changed: all but what depends on the one function that was edited, else nothing. */
function knowledgeAfter(
  parser: CParser,
  request: WorkspaceRequest,
  cache: AnalysisCache,
  reach: Reach,
  knowledge: Knowledge,
): Knowledge {
  const [path, ...others] = reach.changed(request.readText);
  const text = path === undefined ? null : request.readText(path);
  const unit = path === undefined ? undefined : cache.units.get(path);
  if (path === undefined || others.length > 0 || !unit || !text || unit.text === text) return noKnowledge();
  const patch = patchUnit(parser, unit, text);
  if (!patch) return noKnowledge();
  cache.units.set(path, patch.unit);
  if ([patch.was, patch.is].some((fn) => mayChangeFlagCopies(fn, knowledge.copies))) return noKnowledge();
  const { name } = patch.was.place;
  const { copies, headers } = knowledge;
  const resolved = new Map(knowledge.resolved);
  resolved.delete(name);
  const { tables } = patch.unit;
  const summaries = withoutCallersOf(name, knowledge.summaries, tables);
  const tracked = withoutCallersOf(name, knowledge.tracked, tables);
  return { summaries, tracked, copies, resolved, headers };
}

/** True when a function stores a member that is a flag's copy, or may make one a copy by naming a flag. */
function mayChangeFlagCopies(fn: FunctionUnit, copies: Knowledge['copies']): boolean {
  const namesFlag = flagWords.some((word) => fn.words.has(word));
  return [...copies].some(
    ([key, copy]) => (copy ?? namesFlag) && storesMember(fn, key.slice(key.lastIndexOf(':') + 1)),
  );
}

/** What code calls a function by: its name, the class that runs it at the end of a scope, tables that hold it. */
function namesFor(name: string, tables: SourceUnit['tables']): string[] {
  const [, of] = /^(?:__free_(\w+)|class_(\w+)_(?:con|de)structor)$/.exec(name)?.filter(Boolean) ?? [];
  const holders = [...tables].flatMap(([key, fn]) => (fn === name ? [key.slice(0, key.lastIndexOf('.'))] : []));
  return [name, ...(of ? [of] : []), ...holders];
}

/** The summaries that cannot depend on a function: those whose code does not name it, nor a function that does. */
function withoutCallersOf(
  name: string,
  summaries: Knowledge['summaries'],
  tables: SourceUnit['tables'],
): Knowledge['summaries'] {
  const stale = new Set(namesFor(name, tables));
  const kept = new Map(summaries);
  for (let grew = true; grew;) {
    grew = false;
    for (const [place, summary] of kept) {
      const depends = stale.has(place.name) || !summary || [...stale].some((other) => summary.callee.words.has(other));
      if (!depends) continue;
      kept.delete(place);
      for (const each of namesFor(place.name, tables)) stale.add(each);
      grew = true;
    }
  }
  return kept;
}

function sharesIn(unit: SourceUnit | null, name: string): boolean {
  return unit !== null && sharingFunctions(unit).has(name);
}

const registering = callOf(apiEffects);

/** Finds calls that add or register a device. */
function callOf(effects: Extension['effects']): RegExp | null {
  const adds = callsOfKind(effects, 'add', 'register');
  return adds.length > 0 ? new RegExp(`\\b(?:${adds.join('|')})\\(`) : null;
}

/** True for a text that may register devices of a bus whose code decides what they may see. */
function registers(text: string, { buses, effects }: Extension): boolean {
  const calls = [registering, callOf(effects)].some((call) => call?.test(text));
  return calls && buses.some((bus) => decidesTrust(bus) && text.includes(bus.struct));
}

/** The member of a constant table that holds a function which may not sleep, or null. */
function atomicOpOf(unit: SourceUnit | null, name: string): string | null {
  for (const [key, fn] of unit?.tables ?? []) {
    const op = key.slice(key.lastIndexOf('.') + 1);
    if (fn === name && atomicOps.has(op)) return op;
  }
  return null;
}

/**
 * The answer that a member gives which users named as a trust predicate, or null. It is about the device in the same
 * structure; where the device's structure points at the one with the member, about whatever that is.
 */
function ownAnswer({ members }: Extension, frame: Frame, value: Value, at: Loc & { k: 'field' }): Value | null {
  const named = members.filter(({ member }) => member === at.name);
  const struct = named.length > 0 ? typeOfLoc(frame, at.base)?.name : null;
  const own = named.find((each) => holderOf(each, frame) === struct);
  if (!own) return null;
  const about = own.path?.length ? at.base : field(at.base, own.device);
  return callResult(`${userTrustPrefix}${own.member}`, [address(about), value], null);
}

/** The structure that holds the member of a predicate. */
function holderOf({ struct, path = [] }: UserMember, { resolver, place }: Frame): string {
  return path.reduce((at, member) => {
    const type = resolver.fieldType(at, member, place);
    return type ? resolver.plainType(type, place).name : '?';
  }, struct);
}

/** The flag that a structure member is a copy of, as a value; the member's own value where it is none. */
function flagBehind(
  unit: SourceUnit,
  facts: MemberStoreSource,
  copies: Map<string, FlagCopy | null>,
  frame: Frame,
  value: Value,
  at: Loc & { k: 'field' },
): Value {
  const key = `${unit.path}:${at.name}`;
  let copy = copies.get(key);
  if (copy === undefined) {
    // null while the file is searched, so that the search itself sees plain members
    copies.set(key, null);
    copy = flagCopy(unit, facts, at.name, typeOfLoc(frame, at.base)?.name ?? null);
    copies.set(key, copy);
  }
  if (!copy) return value;
  const flag = aliasedFlag(copy.flag, value, copy.negated);
  return copy.negated ? operation('!', [flag]) : flag;
}
