import { allowedInIsolated } from '../kernel/vmbus';
import { quiet } from './report';
import { print, type World } from './world';
import type { ChannelFlags, OfferStep, StepResult } from '../program/types';

const noFlags: ChannelFlags = { ring: false, external: false };

/** The flags of an offer as they reach the guest: OpenHCL clears them where the host made the offer. */
function flagsOnArrival(world: World, { from, ring, external }: OfferStep): ChannelFlags {
  const { paravisor } = world.machine.platform;
  if (paravisor === 'stripping' || (paravisor === 'openhcl' && from === 'host')) return noFlags;
  return { ring, external };
}

/** Why an offer is refused, and whether the refusal forgets to count it down. */
interface Refusal {
  readonly message: string;
  readonly forgets: boolean;
}

/** `vmbus_is_valid_offer()` and, in kernels that know the flags, the look at them. Null: the offer is good. */
function refusalOf(world: World, step: OfferStep, relid: number, flags: ChannelFlags): Refusal | null {
  const { profile, guestEncrypted, paravisor } = world.machine.platform;
  if (guestEncrypted && !allowedInIsolated(step.type, profile.version)) {
    return { message: `Invalid offer ${relid} from the host supporting isolation`, forgets: false };
  }
  if (!profile.confidentialVmbus) return null;
  if (flags.external && !flags.ring) {
    return { message: `Invalid offer relid=${relid}: the ring buffer isn't encrypted`, forgets: true };
  }
  // Only a paravisor makes the connection confidential, which takes protocol version 6.0 too.
  if (flags.ring && paravisor === 'none') {
    return { message: `Invalid offer relid=${relid}: no support for confidential VMBus`, forgets: false };
  }
  return null;
}

/** `vmbus_onoffer()` for a new primary channel: takes the offer and its flags, or refuses it. Before 6.19 nobody reads flags. */
export function stepOffer(world: World, step: OfferStep): StepResult {
  const arrived = flagsOnArrival(world, step);
  const refusal = refusalOf(world, step, world.offers.size + 1, arrived);
  const channel = world.machine.platform.profile.confidentialVmbus ? arrived : noFlags;
  world.offers.set(step.id, refusal === null ? channel : null);
  if (refusal !== null) {
    print(world, `hv_vmbus: ${refusal.message}`);
    if (refusal.forgets) world.offersInProgress++;
  }
  return {
    op: step.op,
    ...(refusal === null ? { result: 'accepted', channel } : { result: 'refused' }),
    ...(world.offersInProgress > 0 ? { offersInProgress: world.offersInProgress } : {}),
    ...quiet(world),
  };
}
