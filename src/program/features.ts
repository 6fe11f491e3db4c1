import { kernelProfile } from '../kernel/profiles';
import { atLeast, type KernelVersion } from '../kernel/versions';
import type { CocoPlatform, DmaAttribute, Machine, Paravisor, Step } from './types';

/** Why kernel `kernel` has no attribute `attribute`, or null when it has. */
function checkAttribute(kernel: KernelVersion, attribute: DmaAttribute): string | null {
  const { attributes } = kernelProfile(kernel);
  if (attribute === 'mmio' && !attributes.mmio) return `kernel ${kernel} has no DMA_ATTR_MMIO (6.18 and later do)`;
  if (attribute === 'require_coherent' && !attributes.requireCoherent) {
    return `kernel ${kernel} has no DMA_ATTR_REQUIRE_COHERENT (7.1 and later do)`;
  }
  if (attribute === 'cc_shared' && !attributes.ccShared) {
    return `kernel ${kernel} has no DMA_ATTR_CC_SHARED (7.1 and later do)`;
  }
  return null;
}

/** Hyper-V runs guests of these platforms, and so there is a VMBus. */
function hasVmbus(coco: CocoPlatform): boolean {
  return coco === 'none' || coco === 'snp-vtom' || coco === 'tdx';
}

/** What relays the offers of `machine`: a guest under Hyper-V whose memory is encrypted has a paravisor unless it says no. */
export function paravisorOf({ coco, paravisor }: Machine): Paravisor {
  return paravisor ?? (coco === 'none' || !hasVmbus(coco) ? 'none' : 'openhcl');
}

/** What `step` uses that `machine` does not have, or null. */
export function checkFeatures(machine: Machine, step: Step): string | null {
  const { kernel, coco } = machine;
  if (step.op === 'vmbus_offer') {
    if (!hasVmbus(coco)) return `${coco} guests have no VMBus; use none, snp-vtom or tdx`;
    if (step.from !== 'paravisor' || paravisorOf(machine) !== 'none') return null;
    return 'this machine has no paravisor to make offers; give machine one, or let the host make the offer';
  }
  const buffers = step.op === 'vmbus_alloc_buffer' || (step.op === 'vmbus_free_buffer' && step.buffer !== undefined);
  const decrypted = step.op === 'vmbus_establish_gpadl' && step.kind === 'buffer_decrypted';
  if ((buffers || decrypted) && !kernelProfile(kernel).vmbusBuffers) {
    return `kernel ${kernel} has neither vmbus_alloc_buffer() nor GPADLs that the caller decrypted (7.3 does)`;
  }
  const phys = step.op === 'dma_map_phys' || step.op === 'dma_unmap_phys';
  if (phys && !atLeast(kernel, '6.18'))
    return `kernel ${kernel} has no ${step.op}() (6.18 and later do); use dma_map_page`;
  if (!('attrs' in step) || step.attrs === undefined) return null;
  for (const attribute of step.attrs) {
    const problem = checkAttribute(kernel, attribute);
    if (problem !== null) return `${problem}; leave the attribute out or choose a newer kernel`;
  }
  return null;
}

/** What `machine` asks for that no such machine has, or null. */
export function checkMachine(machine: Machine): string | null {
  const { kernel } = machine;
  if (machine.coco === 'cca' && !kernelProfile(kernel).cca) {
    return `kernel ${kernel} does not run in an Arm CCA realm (6.13 and later do); choose a newer kernel or another coco`;
  }
  if (machine.swiotlbDynamic === true && !kernelProfile(kernel).dynamicPools) {
    return `kernel ${kernel} has no SWIOTLB_DYNAMIC (6.12 does); leave swiotlbDynamic out or choose a newer kernel`;
  }
  if (machine.poolDecryptionFails === true && machine.coco === 'none') {
    return 'a machine without memory encryption decrypts no pool; leave poolDecryptionFails out or choose another coco';
  }
  if ((machine.paravisor ?? 'none') !== 'none' && (machine.coco === 'none' || !hasVmbus(machine.coco))) {
    return `${machine.coco} has no paravisor with a confidential VMBus; use snp-vtom or tdx, or leave paravisor out`;
  }
  return null;
}
