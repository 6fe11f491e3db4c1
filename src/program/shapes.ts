import { kernelVersions } from '../kernel/versions';
import { boolean, integer, list, matching, nullable, object, oneOf, optional, required, type Members } from './check';
import { limits } from './limits';
import { cocoPlatforms, swiotlbModes, type Step } from './types';

const id = matching(new RegExp(`^.{1,${limits.idLength}}$`, 'su'), `a name of 1 to ${limits.idLength} characters`);
const anyText = matching(/^/, 'a text');
const page = matching(
  new RegExp(`^0x(0|[0-9a-fA-F]{1,${limits.addressDigits - 3}}000)$`),
  'the hexadecimal address of a page, such as "0x120000000"',
);
const bytes = integer(1, limits.bytes);
const bits = integer(0, 64);
const direction = oneOf(['to_device', 'from_device', 'bidirectional']);
const lifecycleWord = matching(
  /^(zeroed|device_initialize|device_add|device_register|pool=(null|default|restricted|saved:.+)|save-pool:.+)$/s,
  'a lifecycle word (zeroed, device_initialize, device_add, device_register, pool=null, pool=default, pool=restricted, pool=saved:<name>, save-pool:<name>)',
);
const positive = integer(1, Number.MAX_SAFE_INTEGER);
const place = object({ file: required(anyText), line: required(positive), column: required(positive) });

const buffer: Members = {
  phys: required(page),
  offset: required(integer(0, limits.bytes)),
  size: required(bytes),
};

/** The members of a step that every op has, beside `op`. */
const common: Members = { at: optional(place), comment: optional(anyText) };

function step(members: Members): Members {
  return { op: required(anyText), ...members, ...common };
}

/** The members of each op's step. */
export const stepShapes: Readonly<Record<Step['op'], Members>> = {
  device: step({
    id: required(id),
    lifecycle: required(list(lifecycleWord, 0, limits.lifecycleWords)),
    channel: optional(object({ ring: required(boolean), external: required(boolean) })),
    maskPointer: optional(boolean),
    dmaParms: optional(boolean),
    mask: optional(bits),
    coherentMask: optional(bits),
  }),
  lifecycle: step({ device: required(id), do: required(lifecycleWord) }),
  dma_set_mask: step({ device: required(id), bits: required(bits) }),
  dma_set_coherent_mask: step({ device: required(id), bits: required(bits) }),
  dma_set_mask_and_coherent: step({ device: required(id), bits: required(bits) }),
  dma_set_min_align_mask: step({ device: required(id), mask: required(integer(0, limits.minAlignMask)) }),
  dma_max_mapping_size: step({ device: required(id) }),
  dma_map_page: step({ id: required(id), device: required(id), ...buffer, dir: required(direction) }),
  dma_map_sg: step({
    id: required(id),
    device: required(id),
    entries: required(list(object(buffer), 1, limits.sgEntries)),
    dir: required(direction),
  }),
  dma_unmap_page: step({ mapping: required(id) }),
  dma_unmap_sg: step({ mapping: required(id) }),
  dma_alloc_coherent: step({
    id: required(id),
    device: required(id),
    size: required(bytes),
    gfp: required(oneOf(['kernel', 'atomic'])),
  }),
  dma_free_coherent: step({ allocation: required(id) }),
};

/** The members of `machine`. */
export const machineShape: Members = {
  kernel: required(oneOf(kernelVersions)),
  coco: required(oneOf(cocoPlatforms)),
  swiotlb: required(oneOf(swiotlbModes)),
  slots: optional(integer(1, limits.slots)),
  areas: optional(integer(1, limits.areas)),
  memory: optional(integer(1, limits.bytes)),
  forceDmaUnencrypted: optional(nullable(boolean)),
  restrictedPool: optional(boolean),
  poolStart: optional(nullable(page)),
};

/** The members of a program, without its steps. */
export const programShape: Members = {
  version: required(oneOf([1])),
  machine: required(object({ ...machineShape })),
  when: optional(list(anyText, 0, limits.steps)),
  $schema: optional(anyText),
  comment: optional(anyText),
};
