import { kernelNames } from '../kernel/versions';
import { vmbusDeviceTypes } from '../kernel/vmbus';
import {
  anyText,
  boolean,
  integer,
  list,
  matching,
  name,
  nullable,
  object,
  oneOf,
  optional,
  required,
  type Members,
} from './check';
import { limits } from './limits';
import { cocoPlatforms, dmaAttributes, dmaDirections, gfpKinds, swiotlbModes, type Step } from './types';
import { gpadlKinds, offerers, paravisors } from './vmbus';

const id = name(limits.idLength);
const page = matching(
  `^0x(0|[0-9a-fA-F]{1,${limits.addressDigits - 3}}000)$`,
  'the hexadecimal address of a page, such as "0x120000000"',
);
const address = matching(`^0x[0-9a-fA-F]{1,${limits.addressDigits}}$`, 'a hexadecimal address, such as "0xfe000000"');
const bytes = integer(1, limits.bytes);
const offset = integer(0, limits.bytes);
const pages = integer(1, limits.pages);
const bits = integer(0, 64);
const positive = integer(1, Number.MAX_SAFE_INTEGER);
const direction = oneOf(dmaDirections);
const gfp = oneOf(gfpKinds);
const attributes = list(oneOf(dmaAttributes), 0, dmaAttributes.length);
const place = object({ file: required(anyText), line: required(positive), column: required(positive) });
const flags: Members = { ring: required(boolean), external: required(boolean) };
const channel = object(flags);

const plainWords = [
  'zeroed',
  'device_initialize',
  'device_add',
  'device_register',
  'device_del',
  'device_unregister',
  'get_device',
  'put_device',
  'kfree',
  'pool=null',
  'pool=default',
  'pool=restricted',
  'pool=private',
];
const lifecycleWord = matching(
  `^(${plainWords.join('|')}|pool=saved:.+|save-pool:.+)$`,
  `a lifecycle word (${plainWords.join(', ')}, pool=saved:<name>, save-pool:<name>)`,
);

/** The members of a step, with the common ones. */
function step(members: Members): Members {
  return { op: required(anyText), ...members, at: optional(place), comment: optional(anyText) };
}

const buffer: Members = { phys: required(page), offset: required(offset), size: required(bytes) };
const mapped: Members = {
  id: required(id),
  device: required(id),
  dir: required(direction),
  attrs: optional(attributes),
};
const memory = { memory: optional(oneOf(['linear', 'vmalloc', 'stack'])) };
const unmap: Members = {
  mapping: required(id),
  size: optional(bytes),
  dir: optional(direction),
  attrs: optional(attributes),
};
const mask: Members = { device: required(id), bits: required(bits) };
const partSync: Members = {
  mapping: required(id),
  offset: optional(offset),
  size: optional(bytes),
  dir: optional(direction),
};
const sgSync: Members = { mapping: required(id), dir: optional(direction) };
const alloc: Members = { id: required(id), device: required(id), size: required(bytes), gfp: required(gfp) };
const free: Members = { allocation: required(id) };
const pageRange: Members = { phys: required(page), pages: required(pages) };
const access: Members = { allocation: optional(id), offset: required(offset), size: required(bytes) };

/** The members of a step, by op. */
export const stepShapes: Readonly<Record<Step['op'], Members>> = {
  device: step({
    id: required(id),
    lifecycle: required(list(lifecycleWord, 0, limits.lifecycleWords)),
    channel: optional(channel),
    offer: optional(id),
    confidential: optional(boolean),
    privateDma: optional(boolean),
    maskPointer: optional(boolean),
    dmaParms: optional(boolean),
    iommu: optional(boolean),
    untrusted: optional(boolean),
    mask: optional(bits),
    coherentMask: optional(bits),
  }),
  lifecycle: step({ device: required(id), do: required(lifecycleWord) }),
  dma_set_mask: step(mask),
  dma_set_coherent_mask: step(mask),
  dma_set_mask_and_coherent: step(mask),
  dma_set_min_align_mask: step({ device: required(id), mask: required(integer(0, limits.minAlignMask)) }),
  dma_max_mapping_size: step({ device: required(id) }),
  dma_map_page: step({ ...mapped, ...buffer }),
  dma_map_single: step({ ...mapped, ...buffer, ...memory }),
  dma_map_phys: step({ ...mapped, ...buffer }),
  dma_map_sg: step({ ...mapped, entries: required(list(object(buffer), 1, limits.sgEntries)) }),
  dma_map_resource: step({ ...mapped, phys: required(address), size: required(bytes) }),
  dma_unmap_page: step(unmap),
  dma_unmap_single: step(unmap),
  dma_unmap_phys: step(unmap),
  dma_unmap_sg: step({
    mapping: required(id),
    dir: optional(direction),
    entries: optional(positive),
    attrs: optional(attributes),
  }),
  dma_unmap_resource: step(unmap),
  dma_sync_single_for_cpu: step(partSync),
  dma_sync_single_for_device: step(partSync),
  dma_sync_sg_for_cpu: step(sgSync),
  dma_sync_sg_for_device: step(sgSync),
  dma_mapping_error: step({ mapping: required(id) }),
  dma_alloc_coherent: step({ ...alloc, attrs: optional(attributes) }),
  dma_alloc_pages: step(alloc),
  dma_alloc_noncontiguous: step(alloc),
  dma_free_coherent: step(free),
  dma_free_pages: step(free),
  dma_free_noncontiguous: step(free),
  set_memory_decrypted: step({ ...pageRange, fails: optional(boolean) }),
  set_memory_encrypted: step({ ...pageRange, fails: optional(boolean) }),
  alloc_pages: step(pageRange),
  free_pages: step(pageRange),
  cpu_write: step({ phys: optional(page), ...access }),
  cpu_read: step({ phys: optional(page), ...access }),
  device_write: step({ mapping: optional(id), gpadl: optional(id), ...access }),
  vmbus_offer: step({
    id: required(id),
    from: optional(oneOf(offerers)),
    type: required(oneOf(vmbusDeviceTypes)),
    ...flags,
  }),
  vmbus_establish_gpadl: step({
    id: required(id),
    device: required(id),
    kind: required(oneOf(gpadlKinds)),
    ...pageRange,
    fails: optional(oneOf(['memory', 'decrypt', 'post', 'post-and-encrypt'])),
  }),
  vmbus_teardown_gpadl: step({ gpadl: required(id), fails: optional(oneOf(['encrypt', 'memory'])) }),
  vmbus_alloc_buffer: step({
    id: required(id),
    device: required(id),
    ...pageRange,
    fails: optional(oneOf(['memory', 'decrypt'])),
  }),
  vmbus_free_buffer: step({ gpadl: optional(id), buffer: optional(id), fails: optional(oneOf(['encrypt'])) }),
  vmbus_sendpacket: step({
    device: required(id),
    mappings: optional(list(id, 1, limits.packetRanges)),
    ranges: optional(list(object(buffer), 1, limits.packetRanges)),
  }),
};

/** The members of `machine`. */
export const machineShape: Members = {
  kernel: required(oneOf(kernelNames)),
  coco: required(oneOf(cocoPlatforms)),
  swiotlb: required(oneOf(swiotlbModes)),
  slots: optional(integer(1, limits.slots)),
  areas: optional(integer(1, limits.areas)),
  memory: optional(integer(1, limits.bytes)),
  forceDmaUnencrypted: optional(nullable(boolean)),
  restrictedPool: optional(boolean),
  poolStart: optional(nullable(page)),
  commandLine: optional(anyText),
  poolAllocationFails: optional(boolean),
  poolDecryptionFails: optional(boolean),
  swiotlbDynamic: optional(boolean),
  paravisor: optional(oneOf(paravisors)),
  poolUsed: optional(integer(0, limits.slots)),
};

/** The members of a program, except its steps. */
export const programShape: Members = {
  version: required(oneOf([1])),
  $schema: optional(anyText),
  comment: optional(anyText),
  machine: required(object(machineShape)),
  when: optional(list(anyText, 0, limits.conditions)),
};
