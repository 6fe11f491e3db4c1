import { pageSize } from './address';
import { convert } from './memory-steps';
import { deviceOf, quiet } from './report';
import type { Gpadl, World } from './world';
import type { EstablishGpadlStep, StepResult, TeardownGpadlStep } from '../program/types';

const enomem = -12;

/** Whether the memory of a GPADL stays private: by kind and by the flag of the channel that speaks of that kind. */
function staysPrivate(world: World, step: EstablishGpadlStep): boolean {
  const { channel } = deviceOf(world, step.device);
  if (channel === null || !world.machine.platform.profile.confidentialVmbus) return false;
  return step.kind === 'ring' ? channel.ring : channel.external;
}

/** `__vmbus_establish_gpadl()`: decrypts the pages unless the channel's flag keeps them private, then tells the host. */
export function stepEstablishGpadl(world: World, step: EstablishGpadlStep): StepResult {
  const gpadl: Gpadl = {
    phys: Number.parseInt(step.phys, 16),
    size: step.pages * pageSize,
    decrypted: !staysPrivate(world, step),
  };
  world.gpadls.set(step.id, gpadl);
  return { op: step.op, ret: establish(world, gpadl, step.fails), ...gpadlState(world, gpadl) };
}

function establish(world: World, gpadl: Gpadl, fails: EstablishGpadlStep['fails']): number {
  const { phys, size } = gpadl;
  if (gpadl.decrypted) {
    const ret = convert(world, phys, size, true, fails === 'decrypt');
    if (ret !== 0) return ret;
  }
  if (fails !== 'post' && fails !== 'post-and-encrypt') return 0;
  if (gpadl.decrypted) gpadl.decrypted = convert(world, phys, size, false, fails === 'post-and-encrypt') !== 0;
  return enomem;
}

/** `vmbus_teardown_gpadl()`: re-encrypts what was decrypted; what could not be stays marked, and must not be freed. */
export function stepTeardownGpadl(world: World, step: TeardownGpadlStep): StepResult {
  const gpadl = world.gpadls.get(step.gpadl) as Gpadl;
  if (step.fails === 'memory') return { op: step.op, ret: enomem, ...gpadlState(world, gpadl) };
  const ret = gpadl.decrypted ? convert(world, gpadl.phys, gpadl.size, false, step.fails === 'encrypt') : 0;
  gpadl.decrypted = ret !== 0;
  return { op: step.op, ret, ...gpadlState(world, gpadl) };
}

function gpadlState(world: World, gpadl: Gpadl): Pick<StepResult, 'decrypted' | 'decryptCalls' | 'messages'> {
  return { decrypted: gpadl.decrypted, decryptCalls: world.decryptCalls, ...quiet(world) };
}
