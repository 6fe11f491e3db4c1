import { kernelProfile, type KernelProfile } from '../kernel/profiles';
import { paravisorOf } from '../program/features';
import type { CocoPlatform, Machine, Paravisor } from '../program/types';

/** What the platform tells the DMA code: the answers of `cc_platform_has()` and `force_dma_unencrypted()`. */
export interface Platform {
  readonly profile: KernelProfile;
  readonly coco: CocoPlatform;
  /** CC_ATTR_MEM_ENCRYPT. */
  readonly memEncrypt: boolean;
  /** CC_ATTR_GUEST_MEM_ENCRYPT, or the test for a realm that stands for it before 7.3. */
  readonly guestEncrypted: boolean;
  /** `force_dma_unencrypted()` of a device that nothing more is known of; {@link mustBeUnencrypted} asks for one device. */
  readonly forceDmaUnencrypted: boolean;
  /** Whether the host is kept out of pages that were not converted. */
  readonly privateMemory: boolean;
  /** Added to the DMA address of an encrypted page (`__sme_set()`); 0 where private addresses carry no bit. */
  readonly encryptionBit: number;
  /** What makes and relays VMBus offers. */
  readonly paravisor: Paravisor;
}

/** The C-bit of SEV. Bit 51 as on processors with SEV-SNP; a narrower DMA mask cannot address private memory. */
const sevEncryptionBit = 2 ** 51;

/** The platform of `machine`. */
export function platformOf(machine: Machine): Platform {
  const profile = kernelProfile(machine.kernel);
  const guestEncrypted = machine.coco !== 'none';
  return {
    profile,
    coco: machine.coco,
    memEncrypt: guestEncrypted && (machine.coco !== 'snp-vtom' || profile.vtomIsMemEncrypt),
    guestEncrypted,
    forceDmaUnencrypted: machine.forceDmaUnencrypted ?? guestEncrypted,
    privateMemory: guestEncrypted || machine.forceDmaUnencrypted === true,
    encryptionBit: machine.coco === 'sev' ? sevEncryptionBit : 0,
    paravisor: paravisorOf(machine),
  };
}

/** `force_dma_unencrypted()`. */
export function mustBeUnencrypted(platform: Platform, device: { readonly privateDma: boolean }): boolean {
  return platform.forceDmaUnencrypted && !device.privateDma;
}

/** `phys_to_dma()`. */
export function physToDma(platform: Platform, phys: number): number {
  return phys + platform.encryptionBit;
}

/** `dma_to_phys()`, which drops the encryption bit. */
export function dmaToPhys(platform: Platform, dma: number): number {
  return platform.encryptionBit > 0 && dma >= platform.encryptionBit ? dma - platform.encryptionBit : dma;
}
