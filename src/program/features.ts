import { kernelProfile } from '../kernel/profiles';
import { atLeast, type KernelVersion } from '../kernel/versions';
import type { CocoPlatform, DmaAttribute, Machine, Paravisor, Step } from './types';

/** Why `kernel` does not support `attribute`, or null if it does. */
function checkAttribute(kernel: KernelVersion, attribute: DmaAttribute): string | null {
  const { attributes } = kernelProfile(kernel);
  if (attribute === 'mmio' && !attributes.mmio) return `kernel ${kernel} has no DMA_ATTR_MMIO (added in 6.18)`;
  if (attribute === 'require_coherent' && !attributes.requireCoherent) {
    return `kernel ${kernel} has no DMA_ATTR_REQUIRE_COHERENT (added in 7.1)`;
  }
  if (attribute === 'cc_shared' && !attributes.ccShared) {
    return `kernel ${kernel} has no DMA_ATTR_CC_SHARED (added in 7.1)`;
  }
  return null;
}

/** True for platforms whose guests can run on Hyper-V, so that there is a VMBus. */
function hasVmbus(coco: CocoPlatform): boolean {
  return coco === 'none' || coco === 'snp-vtom' || coco === 'tdx';
}

/** The paravisor of `machine`: by default, a Hyper-V guest with encrypted memory has one. */
export function paravisorOf({ coco, paravisor }: Machine): Paravisor {
  return paravisor ?? (coco === 'none' || !hasVmbus(coco) ? 'none' : 'openhcl');
}

/** An error if `step` uses something that `machine` does not have, or null. */
export function checkFeatures(machine: Machine, step: Step): string | null {
  const { kernel, coco } = machine;
  if (step.op === 'vmbus_offer') {
    if (!hasVmbus(coco)) return `${coco} guests have no VMBus; use none, snp-vtom or tdx`;
    if (step.from !== 'paravisor' || paravisorOf(machine) !== 'none') return null;
    return 'this machine has no paravisor; set machine.paravisor, or set from to "host"';
  }
  const buffers = step.op === 'vmbus_alloc_buffer' || (step.op === 'vmbus_free_buffer' && step.buffer !== undefined);
  const decrypted = step.op === 'vmbus_establish_gpadl' && step.kind === 'buffer_decrypted';
  if ((buffers || decrypted) && !kernelProfile(kernel).vmbusBuffers) {
    return `kernel ${kernel} has neither vmbus_alloc_buffer() nor GPADLs that the caller decrypted (7.3 does)`;
  }
  const phys = step.op === 'dma_map_phys' || step.op === 'dma_unmap_phys';
  if (phys && !atLeast(kernel, '6.18'))
    return `kernel ${kernel} has no ${step.op}() (added in 6.18); use ${step.op.replace('phys', 'page')}`;
  if (!('attrs' in step) || step.attrs === undefined) return null;
  for (const attribute of step.attrs) {
    const problem = checkAttribute(kernel, attribute);
    if (problem !== null) return `${problem}; remove the attribute or choose a newer kernel`;
  }
  return null;
}

/** An error if there is no such machine, or null. */
export function checkMachine(machine: Machine): string | null {
  const { kernel } = machine;
  if (machine.coco === 'cca' && !kernelProfile(kernel).cca) {
    return `kernel ${kernel} does not run in an Arm CCA realm (supported since 6.13); choose a newer kernel or another coco`;
  }
  if (machine.swiotlbDynamic === true && !kernelProfile(kernel).dynamicPools) {
    return `kernel ${kernel} has no SWIOTLB_DYNAMIC; remove swiotlbDynamic or choose a newer kernel`;
  }
  if (machine.poolDecryptionFails === true && machine.coco === 'none') {
    return 'a machine without memory encryption decrypts no pool; leave poolDecryptionFails out or choose another coco';
  }
  if ((machine.paravisor ?? 'none') !== 'none' && (machine.coco === 'none' || !hasVmbus(machine.coco))) {
    return `${machine.coco} has no paravisor with a confidential VMBus; use snp-vtom or tdx, or remove paravisor`;
  }
  return null;
}
