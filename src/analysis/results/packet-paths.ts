import { createFrame } from '../interpret/interpret';
import { sharingRoots } from './gpadl-paths';
import type { ChannelTrust } from './trust';
import { channelTrust } from './trust';
import type { Value } from '../domain/values';
import type { Workspace } from '../workspace/workspace';
import { memoryAt } from '../resources/raw';
import type { FunctionUnit, SourceUnit } from '../source/types';
import type { Share } from '../frame/shares';
import { allocationOf } from '../resources/buffers';

/** A path that sends the physical address of memory that is not mapped for DMA. */
export interface PacketPath {
  readonly share: Share;
  /** The function in which the path starts. */
  readonly root: FunctionUnit;
  readonly memory: Value;
  /** The path allocated the memory, so it is known to be private. */
  readonly allocated: boolean;
  readonly trust: ChannelTrust;
  readonly assumptions: readonly string[];
}

/**
 * The paths of a file's functions that put an address other than a DMA mapping's into a GPA-direct packet. A function that
 * maps memory is assumed to send only what it mapped.
 */
export function packetPaths(workspace: Workspace, unit: SourceUnit): PacketPath[] {
  return sharingRoots(workspace, unit).flatMap(({ root, summary }) => {
    if (summary.mapsMemory) return [];
    const frame = createFrame(summary.callee, workspace, summary.typeHints, summary.containers);
    for (const [key, made] of summary.origins) frame.origins.set(key, made);
    return summary.shares.flatMap((share): PacketPath[] => {
      const memory = share.address && memoryAt(share.address);
      if (!memory || share.event.site.in.file !== unit.path) return [];
      const allocated = allocationOf(frame, memory) !== null;
      const trust = channelTrust(share.state, share.channel);
      return [{ share, root, memory, allocated, trust, assumptions: [...summary.assumptions] }];
    });
  });
}
