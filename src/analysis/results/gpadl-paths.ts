import type { GpadlKind } from '../../kernel/trust';
import { gpadlFlags, gpadlKinds, ringFlag } from '../../kernel/trust';
import type { PathCondition } from '../domain/path-condition';
import { decided } from '../domain/path-condition';
import { frameOf } from '../interpret/interpret';
import { printValue } from '../domain/print';
import type { ChannelTrust } from './trust';
import { channelTrust } from './trust';
import { constant, field, init, operation } from '../domain/values';
import type { Workspace } from '../workspace/workspace';
import type { Summary } from '../frame/frame';
import type { FunctionUnit, SourceUnit } from '../source/types';
import { calleeOf } from '../source/types';
import { testedFlag } from '../domain/channel-flags';
import type { Share } from '../frame/shares';

/** A path that decrypts the memory of a GPADL, with what it says of the channel. */
export interface GpadlPath {
  readonly share: Share;
  /** The function that the path starts in. */
  readonly root: FunctionUnit;
  /** What the memory can be to the channel on this path. */
  readonly kinds: readonly GpadlKind[];
  /** The code says what it is. */
  readonly told: boolean;
  readonly trust: ChannelTrust;
  /** The flag that decides for each kind, as C text. */
  readonly flags: Readonly<Record<GpadlKind, string>>;
  /** The path asks for the ring's flag, and no path of the function shares buffers where that alone is set. */
  readonly byRing: boolean;
  readonly assumptions: readonly string[];
}

/** The paths of a file's functions that decrypt the memory of a GPADL, each from where nothing in the file calls it. */
export function gpadlPaths(workspace: Workspace, unit: SourceUnit): GpadlPath[] {
  return sharingRoots(workspace, unit).flatMap(({ root, summary }) => pathsOf(workspace, root, summary, unit.path));
}

/** The functions of a file from which memory is given away, and that nothing in the file calls. */
export function sharingRoots(workspace: Workspace, unit: SourceUnit): { root: FunctionUnit; summary: Summary }[] {
  return [...unit.alternatives.values()].flat().flatMap((root) => {
    const summary = workspace.followsResources(root) ? workspace.resources(calleeOf(root)) : null;
    if (summary === null || typeof summary === 'string' || summary.shares.length === 0) return [];
    return isCalled(unit, root) ? [] : [{ root, summary }];
  });
}

/** Callers know what a function is called for: they have its paths too. */
function isCalled(unit: SourceUnit, { place: { name } }: FunctionUnit): boolean {
  return [...unit.functions.values()].some(
    (fn) =>
      fn.place.name !== name &&
      fn.words.has(name) &&
      fn.ir().blocks.some((block) => block.ops.some((op) => op.k === 'call' && op.callee === name)),
  );
}

function pathsOf(workspace: Workspace, root: FunctionUnit, summary: Summary, file: string): GpadlPath[] {
  const frame = frameOf(summary, workspace);
  const paths = summary.shares
    .filter(
      ({ event, state, address }) =>
        address === null && event.site.in.file === file && !decidesElsewhere(state.pathCondition),
    )
    .map((share): GpadlPath => {
      const { state, channel } = share;
      const trust = channelTrust(state, channel);
      const flag = (kind: GpadlKind): string => printValue(init(field(channel, gpadlFlags[kind])));
      return {
        share,
        root,
        kinds: kindsOf(share),
        told: typeof share.kind === 'string' || share.kind?.k === 'constant',
        trust,
        flags: { ring: flag('ring'), buffer: flag('buffer') },
        byRing: false,
        assumptions: [...frame.assumptions, ...predicatesIn(state.pathCondition)],
      };
    });
  const whole = summary.gaps.length === 0;
  return paths.map((path) => ({ ...path, byRing: whole && asksRing(path) && !sharesRingOnly(paths, path) }));
}

/** What the memory can be: what the path has not ruled out. */
function kindsOf({ kind, state }: Share): GpadlKind[] {
  if (kind === null) return ['buffer'];
  if (typeof kind === 'string') return [kind];
  return [...gpadlKinds].flatMap(([name, each]) =>
    decided(state.pathCondition, operation('==', [kind, constant(name)])) === false ? [] : [each],
  );
}

/** `if (gpadl->decrypted)`: who set the member knew the flags. */
function decidesElsewhere(pathCondition: PathCondition): boolean {
  return [...pathCondition.values()].some(
    ({ value, holds, equals }) =>
      holds && !equals && value.k === 'init' && value.at.k === 'field' && value.at.name === 'decrypted',
  );
}

/** Questions to functions out of reach that may be about trust. */
function predicatesIn(pathCondition: PathCondition): string[] {
  return [...pathCondition.values()].flatMap(({ value, equals, derived }) => {
    if (derived || equals || value.k !== 'call' || value.site === null || !aboutTrust.test(value.name)) return [];
    return [`${value.name}() does not ask for the flags of the channel`];
  });
}

const aboutTrust = /priv|confid|crypt|share|trust|isolat|visib/;

function asksRing({ kinds, trust, share }: GpadlPath): boolean {
  if (trust.ring !== false || !kinds.includes('buffer')) return false;
  return [...share.state.pathCondition.values()].some(
    ({ value, equals, derived }) => !derived && !equals && testedFlag(value, ringFlag) !== undefined,
  );
}

/** True where some path decrypts buffers of a channel whose ring alone is private, as it has to be. */
function sharesRingOnly(paths: readonly GpadlPath[], { share: { channel } }: GpadlPath): boolean {
  return paths.some(
    ({ share, kinds, trust }) =>
      share.channel.key === channel.key && kinds.includes('buffer') && trust.ring !== false && trust.external !== true,
  );
}
