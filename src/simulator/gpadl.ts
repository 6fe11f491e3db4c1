import { violate } from './report';
import type { Gpadl, World } from './world';

/** Complains where the pages of a GPADL go back to the page allocator while the other side, or the host, still has them. */
function checkRelease(world: World, gpadl: Gpadl): void {
  const { id, device, established, decrypted } = gpadl;
  if (established) {
    violate(world, 'gpadl-freed-established', device, id, `memory of GPADL ${id} is freed before it is torn down`);
  } else if (decrypted) {
    const message = `memory of GPADL ${id} is freed although it may still be shared: it has to be leaked`;
    violate(world, 'gpadl-freed-shared', device, id, message);
  }
}

/** The same for pages [start, start + size) that a driver frees, whatever GPADLs lie there. */
export function checkFreed(world: World, start: number, size: number): void {
  for (const gpadl of world.gpadls.values()) {
    world.budget.probes--;
    if (gpadl.released || gpadl.phys >= start + size || gpadl.phys + gpadl.size <= start) continue;
    checkRelease(world, gpadl);
    gpadl.released = true;
  }
}
