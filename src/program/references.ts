import type {
  CpuAccessStep,
  DeviceAccessStep,
  DeviceStep,
  EstablishGpadlStep,
  FreeBufferStep,
  LifecycleWord,
  SendPacketStep,
  Step,
} from './types';

type MappingKind = 'page' | 'sg' | 'resource';

/** The names defined by earlier steps. */
export interface Names {
  /** Device name to whether it has a VMBus channel. */
  readonly devices: Map<string, boolean>;
  readonly mappings: Map<string, MappingKind>;
  readonly allocations: Set<string>;
  readonly gpadls: Set<string>;
  /** What `vmbus_alloc_buffer` gave. */
  readonly buffers: Set<string>;
  readonly offers: Set<string>;
  readonly savedPools: Set<string>;
}

/** No names yet. */
export function createNames(): Names {
  return {
    devices: new Map(),
    mappings: new Map(),
    allocations: new Set(),
    gpadls: new Set(),
    buffers: new Set(),
    offers: new Set(),
    savedPools: new Set(),
  };
}

const unmapCall: Readonly<Record<MappingKind, string>> = {
  page: 'dma_unmap_page, dma_unmap_single or dma_unmap_phys',
  sg: 'dma_unmap_sg',
  resource: 'dma_unmap_resource',
};

const syncCall: Readonly<Record<MappingKind, string>> = {
  page: 'dma_sync_single_for_cpu or dma_sync_single_for_device',
  sg: 'dma_sync_sg_for_cpu or dma_sync_sg_for_device',
  resource: 'no sync call',
};

function exists(what: string, id: string): string {
  return `${what} "${id}" already exists; choose another id`;
}

function missing(what: string, id: string): string {
  return `no earlier step defines ${what} "${id}"`;
}

function useDevice(names: Names, device: string): string | null {
  return names.devices.has(device) ? null : missing('device', device);
}

function useMapping(
  names: Names,
  mapping: string,
  kinds: readonly MappingKind[],
  fix: typeof unmapCall,
): string | null {
  const made = names.mappings.get(mapping);
  if (made === undefined) return missing('mapping', mapping);
  if (kinds.includes(made)) return null;
  const what = { page: 'one buffer', sg: 'a scatterlist', resource: 'a resource' }[made];
  return `"${mapping}" is ${what}; use ${fix[made]}`;
}

function makeMapping(names: Names, device: string, mapping: string, kind: MappingKind): string | null {
  if (names.mappings.has(mapping)) return exists('mapping', mapping);
  names.mappings.set(mapping, kind);
  return useDevice(names, device);
}

function makeIn(taken: Set<string>, what: string, id: string): string | null {
  if (taken.has(id)) return exists(what, id);
  taken.add(id);
  return null;
}

function useAllocation(names: Names, allocation: string): string | null {
  return names.allocations.has(allocation) ? null : missing('allocation', allocation);
}

/** Checks that exactly one of several members is used; each has its error, or undefined if the step does not use it. */
function useOne(ways: Readonly<Record<string, string | null | undefined>>): string | null {
  const used = Object.values(ways).filter((problem) => problem !== undefined);
  if (used.length === 1) return used[0] ?? null;
  const names = Object.keys(ways);
  return `needs exactly one of ${names.join(', ')}`;
}

/** The error of a member, or undefined if the step does not have it. */
function given<T>(member: T | undefined, problemOf: (member: T) => string | null): string | null | undefined {
  return member === undefined ? undefined : problemOf(member);
}

function followWords(names: Names, words: readonly LifecycleWord[]): string | null {
  for (const word of words) {
    if (word.startsWith('save-pool:')) names.savedPools.add(word.slice('save-pool:'.length));
    if (!word.startsWith('pool=saved:')) continue;
    const name = word.slice('pool=saved:'.length);
    if (!names.savedPools.has(name)) return `no pool was saved as "${name}"; use save-pool:${name} first`;
  }
  return null;
}

function makeDevice(names: Names, step: DeviceStep): string | null {
  if (names.devices.has(step.id)) return exists('device', step.id);
  if (step.channel?.external === true && !step.channel.ring) {
    return 'channel.external is true but channel.ring is false, which the kernel rejects; set ring to true';
  }
  const offerProblem = given(step.offer, (offer) => (names.offers.has(offer) ? null : missing('offer', offer)));
  if (offerProblem != null) return offerProblem;
  if (step.channel !== undefined && step.offer !== undefined) return 'has both channel and offer; remove one';
  const onVmbus = step.channel !== undefined || step.offer !== undefined;
  if (onVmbus && step.iommu === true) return 'VMBus devices are not behind an IOMMU; remove iommu or the channel';
  names.devices.set(step.id, onVmbus);
  return followWords(names, step.lifecycle);
}

function useChannel(names: Names, device: string): string | null {
  const problem = useDevice(names, device);
  if (problem !== null || names.devices.get(device) === true) return problem;
  return `device "${device}" has no channel; add channel or offer to its device step`;
}

function makeGpadl(names: Names, step: EstablishGpadlStep): string | null {
  return makeIn(names.gpadls, 'GPADL', step.id) ?? useChannel(names, step.device);
}

function useGpadl(names: Names, gpadl: string): string | null {
  return names.gpadls.has(gpadl) ? null : missing('GPADL', gpadl);
}

function followFreed(names: Names, { gpadl, buffer, fails }: FreeBufferStep): string | null {
  if (fails !== undefined && buffer === undefined) return 'fails is for a buffer; leave it out, or name a buffer';
  return useOne({
    gpadl: given(gpadl, (id) => useGpadl(names, id)),
    buffer: given(buffer, (id) => (names.buffers.has(id) ? null : missing('buffer', id))),
  });
}

function followPacket(names: Names, step: SendPacketStep): string | null {
  const { mappings, ranges } = step;
  const problemOf = (ids: readonly string[]): string | null => {
    for (const id of ids) {
      const problem = useMapping(names, id, ['page', 'sg'], syncCall);
      if (problem !== null) return problem;
    }
    return null;
  };
  return (
    useChannel(names, step.device) ??
    useOne({ mappings: given(mappings, problemOf), ranges: given(ranges, () => null) })
  );
}

function followAccess(names: Names, step: CpuAccessStep | DeviceAccessStep): string | null {
  const allocation = given(step.allocation, (id) => useAllocation(names, id));
  if (step.op !== 'device_write') return useOne({ phys: given(step.phys, () => null), allocation });
  return useOne({
    mapping: given(step.mapping, (id) => useMapping(names, id, ['page', 'sg'], syncCall)),
    allocation,
    gpadl: given(step.gpadl, (id) => useGpadl(names, id)),
  });
}

/** An error in the names that `step` uses or defines, or null. Call it on each step in order; it adds the new names. */
export function followNames(names: Names, step: Step): string | null {
  switch (step.op) {
    case 'device':
      return makeDevice(names, step);
    case 'lifecycle':
      return useDevice(names, step.device) ?? followWords(names, [step.do]);
    case 'dma_map_page':
    case 'dma_map_single':
    case 'dma_map_phys':
      return makeMapping(names, step.device, step.id, 'page');
    case 'dma_map_sg':
      return makeMapping(names, step.device, step.id, 'sg');
    case 'dma_map_resource':
      return makeMapping(names, step.device, step.id, 'resource');
    case 'dma_unmap_page':
    case 'dma_unmap_single':
    case 'dma_unmap_phys':
      return useMapping(names, step.mapping, ['page'], unmapCall);
    case 'dma_unmap_sg':
      return useMapping(names, step.mapping, ['sg'], unmapCall);
    case 'dma_unmap_resource':
      return useMapping(names, step.mapping, ['resource'], unmapCall);
    case 'dma_sync_single_for_cpu':
    case 'dma_sync_single_for_device':
      return useMapping(names, step.mapping, ['page'], syncCall);
    case 'dma_sync_sg_for_cpu':
    case 'dma_sync_sg_for_device':
      return useMapping(names, step.mapping, ['sg'], syncCall);
    case 'dma_mapping_error':
      return useMapping(names, step.mapping, ['page', 'sg', 'resource'], syncCall);
    case 'dma_alloc_coherent':
    case 'dma_alloc_pages':
    case 'dma_alloc_noncontiguous':
      return useDevice(names, step.device) ?? makeIn(names.allocations, 'allocation', step.id);
    case 'dma_free_coherent':
    case 'dma_free_pages':
    case 'dma_free_noncontiguous':
      return useAllocation(names, step.allocation);
    case 'cpu_write':
    case 'cpu_read':
    case 'device_write':
      return followAccess(names, step);
    case 'vmbus_establish_gpadl':
      return makeGpadl(names, step);
    case 'vmbus_teardown_gpadl':
      return useGpadl(names, step.gpadl);
    case 'vmbus_alloc_buffer':
      return makeIn(names.buffers, 'buffer', step.id) ?? useChannel(names, step.device);
    case 'vmbus_free_buffer':
      return followFreed(names, step);
    case 'vmbus_sendpacket':
      return followPacket(names, step);
    case 'vmbus_offer':
      return makeIn(names.offers, 'offer', step.id);
    case 'set_memory_decrypted':
    case 'set_memory_encrypted':
    case 'alloc_pages':
    case 'free_pages':
      return null;
    default:
      return useDevice(names, step.device);
  }
}
