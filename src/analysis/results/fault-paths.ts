import type { GpadlPath } from './gpadl-paths';
import { gpadlPaths } from './gpadl-paths';
import type { PacketPath } from './packet-paths';
import { packetPaths } from './packet-paths';
import type { DevicePath } from './paths';
import { pathTo } from './paths';
import { frameOf } from '../interpret/interpret';
import type { Expr, LValue } from '../ir/ir';
import { staleReads } from './stale-reads';
import { eventsOf } from '../domain/state';
import type { Workspace } from '../workspace/workspace';
import type { Gap, Summary } from '../frame/frame';
import { calleeOf, type FunctionUnit, type SourceUnit } from '../source/types';
import type { Fault, FaultKind } from '../frame/faults';

/** A fault on a resource, with the path that leads to it. */
export interface FaultPath {
  readonly fault: Fault;
  /** The function in which the path starts. */
  readonly root: FunctionUnit;
  /** The same path as a path of the device of the mapping; null if no device is involved. */
  readonly path: DevicePath | null;
  /** The channel's trust on the path, if the fault is on memory that is decrypted for a GPADL. */
  readonly gpadl?: GpadlPath;
  /** The same if the fault is an address that is sent without a mapping. */
  readonly packet?: PacketPath;
}

/** The faults of a file's functions on mappings, on memory and under locks, each one once; and the gaps of the analysis. */
export function faultsIn(workspace: Workspace, unit: SourceUnit): { faults: FaultPath[]; gaps: Gap[] } {
  const found: FaultPath[] = [];
  const gaps: Gap[] = [];
  for (const root of [...unit.alternatives.values()].flat()) {
    // checked first, because most functions then need not be lowered
    if (!workspace.usesResources(root)) continue;
    const summary = workspace.resources(calleeOf(root));
    if (summary === null || typeof summary === 'string') continue;
    gaps.push(...summary.gaps);
    for (const fault of summary.faults) {
      if (fault.kind === 'untested' && testedElsewhere(unit, fault.members)) continue;
      found.push({ fault, root, path: devicePath(workspace, root, summary, fault) });
    }
  }
  for (const { root, summary, fault } of staleReads(workspace, unit))
    found.push({ fault, root, path: devicePath(workspace, root, summary, fault) });
  const faults = [
    ...found,
    ...gpadlPaths(workspace, unit).flatMap(gpadlFaults),
    ...packetPaths(workspace, unit).map(packetFault),
  ];
  return { faults, gaps };
}

/** The fault of sending an address that the host can use only if it may access private memory. */
function packetFault(packet: PacketPath): FaultPath {
  const { share, root } = packet;
  const { event, state, address } = share;
  return {
    fault: {
      kind: 'hands-raw',
      at: event,
      state,
      origin: address,
      members: [],
      end: null,
      pathConditions: [],
      page: null,
    },
    root,
    path: null,
    packet,
  };
}

/** The faults of sharing memory that the channel may keep private, or keeping it private by the flag of another kind. */
function gpadlFaults(gpadl: GpadlPath): FaultPath[] {
  const { share, root, testsRingFlag, trust } = gpadl;
  const { event, state } = share;
  const fault = { at: event, state, origin: event, members: [], end: null, pathConditions: [], page: null } as const;
  const shared = trust.ring !== false;
  const kinds: FaultKind[] = [
    ...(shared ? (['shares-private'] as const) : []),
    ...(testsRingFlag ? (['keeps-private'] as const) : []),
  ];
  return kinds.map((kind) => ({ fault: { ...fault, kind }, root, path: null, gpadl }));
}

function devicePath(workspace: Workspace, root: FunctionUnit, summary: Summary, fault: Fault): DevicePath | null {
  const subject = fault.origin?.about ?? ('about' in fault.at ? fault.at.about : null);
  if (!subject) return null;
  const frame = frameOf(summary, workspace);
  const { state } = fault;
  return pathTo(workspace, root, frame, subject, eventsOf(state.trace), state, [...summary.assumptions]);
}

/** True if a function of the file checks a DMA address from one of these members for an error. */
function testedElsewhere(unit: SourceUnit, members: readonly string[]): boolean {
  if (members.length === 0) return false;
  return [...unit.alternatives.values()].flat().some((fn) => {
    if (![...fn.words].some((word) => word.includes('mapping_error'))) return false;
    return fn
      .ir()
      .blocks.some((block) =>
        block.ops.some(
          (op) =>
            op.k === 'call' &&
            typeof op.callee === 'string' &&
            op.callee.includes('mapping_error') &&
            op.args.some((arg) => members.some((member) => readsMember(arg, member))),
        ),
      );
  });
}

function readsMember(expr: Expr, member: string): boolean {
  return expr.k === 'load' && endsIn(expr.from, member);
}

function endsIn(place: LValue, member: string): boolean {
  return place.k === 'field' ? place.name === member : place.k === 'element' && endsIn(place.base, member);
}
