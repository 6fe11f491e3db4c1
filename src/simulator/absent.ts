import type { World } from './world';
import type { Step } from '../program/types';

/** What a step makes, by the kind of thing that its id names. */
function madeBy(step: Step): string | null {
  if (!('id' in step)) return null;
  if (step.op === 'device') return `device ${step.id}`;
  if (step.op === 'vmbus_establish_gpadl') return `gpadl ${step.id}`;
  if (step.op === 'vmbus_alloc_buffer') return `buffer ${step.id}`;
  if (step.op === 'vmbus_offer') return null;
  return 'gfp' in step ? `allocation ${step.id}` : `mapping ${step.id}`;
}

function usedBy(step: Step): string[] {
  const kinds = ['device', 'mapping', 'allocation', 'gpadl', 'buffer'] as const;
  const members = step as Partial<Record<(typeof kinds)[number], string>>;
  const used = kinds.flatMap((kind) => (members[kind] === undefined ? [] : [`${kind} ${members[kind]}`]));
  return used;
}

/**
 * True when the step is about a device that never came to be, because the kernel refused the offer of its channel, or about
 * what such a device would have mapped or allocated. Remembers what the step would have made.
 */
export function isAbsent(world: World, step: Step): boolean {
  const refused = step.op === 'device' && step.offer !== undefined && world.offers.get(step.offer) === null;
  const absent = refused || (world.absent.size > 0 && usedBy(step).some((name) => world.absent.has(name)));
  const made = absent ? madeBy(step) : null;
  if (made !== null) world.absent.add(made);
  return absent;
}
