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

/** Something done wrong to a resource, with the path that leads there. */
export interface FaultPath {
  readonly fault: Fault;
  /** The function that the path starts in. */
  readonly root: FunctionUnit;
  /** The same path about the device that is mapped for; null where no device is involved. */
  readonly path: DevicePath | null;
  /** What the path says of the channel, where the memory is a GPADL's that it decrypts. */
  readonly gpadl?: GpadlPath;
  /** The same where an address is sent as it is. */
  readonly packet?: PacketPath;
}

/** What the functions of a file do wrong to mappings, memory and under locks, each mistake once; and what was not followed. */
export function faultsIn(workspace: Workspace, unit: SourceUnit): { faults: FaultPath[]; gaps: Gap[] } {
  const found: FaultPath[] = [];
  const gaps: Gap[] = [];
  for (const root of [...unit.alternatives.values()].flat()) {
    // asked first: most functions need not even be lowered
    if (!workspace.followsResources(root)) continue;
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

/** An address is sent that the other side cannot use, unless it may read private memory. */
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

/** Memory is shared that the channel may keep private, or kept private by the flag of another kind of memory. */
function gpadlFaults(gpadl: GpadlPath): FaultPath[] {
  const { share, root, byRing, trust } = gpadl;
  const { event, state } = share;
  const fault = { at: event, state, origin: event, members: [], end: null, pathConditions: [], page: null } as const;
  const shared = trust.ring !== false;
  const kinds: FaultKind[] = [
    ...(shared ? (['shares-private'] as const) : []),
    ...(byRing ? (['keeps-private'] as const) : []),
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

/** True when some function of the file tests a DMA address that it reads from one of these members. */
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
