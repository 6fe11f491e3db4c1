import { pageSize } from './address';
import { checkFreed } from './gpadl';
import { unreadableBy } from './map-steps';
import { convert, giveAway } from './memory-steps';
import { reachedAt } from './front-end';
import { deviceOf, exposure, quiet, violate } from './report';
import { print, type Device, type Gpadl, type World } from './world';
import type {
  EstablishGpadlStep,
  FreeBufferStep,
  SendPacketStep,
  StepResult,
  TeardownGpadlStep,
} from '../program/types';

const enomem = -12;

/** Whether the memory of a GPADL stays private: by kind and by the flag of the channel that speaks of that kind. */
function staysPrivate(world: World, step: EstablishGpadlStep): boolean {
  const { channel } = deviceOf(world, step.device);
  if (channel === null || !world.machine.platform.profile.confidentialVmbus) return false;
  return step.kind === 'ring' ? channel.ring : channel.external;
}

/** `__vmbus_establish_gpadl()`: decrypts the pages unless the channel's flag keeps them private, then tells the other side. */
export function stepEstablishGpadl(world: World, step: EstablishGpadlStep): StepResult {
  const gpadl: Gpadl = {
    id: step.id,
    device: deviceOf(world, step.device),
    phys: Number.parseInt(step.phys, 16),
    size: step.pages * pageSize,
    decrypted: step.fails !== 'memory' && !staysPrivate(world, step),
    established: false,
    released: false,
  };
  world.gpadls.set(step.id, gpadl);
  const ret = establish(world, gpadl, step.fails);
  gpadl.established = ret === 0;
  return { op: step.op, ret, ...gpadlState(world, gpadl) };
}

function establish(world: World, gpadl: Gpadl, fails: EstablishGpadlStep['fails']): number {
  const { phys, size } = gpadl;
  if (fails === 'memory') return enomem;
  if (gpadl.decrypted) {
    const ret = convert(world, phys, size, true, fails === 'decrypt');
    if (ret !== 0) print(world, `Failed to set host visibility for new GPADL ${ret}.`);
    if (ret !== 0) return ret;
  }
  if (fails !== 'post' && fails !== 'post-and-encrypt') return 0;
  if (gpadl.decrypted) gpadl.decrypted = convert(world, phys, size, false, fails === 'post-and-encrypt') !== 0;
  return enomem;
}

/**
 * `vmbus_teardown_gpadl()`: re-encrypts what was decrypted; what could not be stays marked, and must not be freed. Without
 * memory for its message it does neither, and the other side keeps the pages.
 */
export function stepTeardownGpadl(world: World, step: TeardownGpadlStep): StepResult {
  const gpadl = world.gpadls.get(step.gpadl) as Gpadl;
  if (!gpadl.established) {
    const message = `vmbus_teardown_gpadl() of ${gpadl.id}, which is not established`;
    violate(world, 'gpadl-not-established', gpadl.device, gpadl.id, message);
    return { op: step.op, ret: 0, ...gpadlState(world, gpadl) };
  }
  if (step.fails === 'memory') return { op: step.op, ret: enomem, ...gpadlState(world, gpadl) };
  gpadl.established = false;
  const ret = gpadl.decrypted ? convert(world, gpadl.phys, gpadl.size, false, step.fails === 'encrypt') : 0;
  if (ret !== 0) print(world, `hv_vmbus: Fail to set mem host visibility in GPADL teardown ${ret}.`);
  gpadl.decrypted = ret !== 0;
  return { op: step.op, ret, ...gpadlState(world, gpadl) };
}

function gpadlState(world: World, gpadl: Gpadl): Pick<StepResult, 'decrypted' | 'decryptCalls' | 'messages'> {
  return { decrypted: gpadl.decrypted, decryptCalls: world.decryptCalls, ...quiet(world) };
}

/** `vmbus_free_ring()`, `free_netvsc_device()`, `hv_uio_cleanup()`: what the GPADL's flag calls decrypted is leaked. */
export function stepFreeBuffer(world: World, step: FreeBufferStep): StepResult {
  const gpadl = world.gpadls.get(step.gpadl) as Gpadl;
  const { phys, size, decrypted, released, device } = gpadl;
  if (released) {
    violate(world, 'free-not-allocated', device, gpadl.id, `memory of GPADL ${gpadl.id} is freed a second time`);
    return { op: step.op, ...quiet(world) };
  }
  if (decrypted) {
    gpadl.released = true;
    return { op: step.op, leakedBytes: size, ...quiet(world) };
  }
  checkFreed(world, phys, size);
  giveAway(world, phys, size);
  return { op: step.op, ...quiet(world) };
}

/** Looking at a range of a packet costs about as much as this many slots. */
const rangeCost = 20;

/** A run of memory as a packet names it: its address on the bus, and the memory behind it, if any. */
interface PacketRange {
  readonly dma: number;
  readonly phys: number | null;
  readonly size: number;
}

function mappedRanges(world: World, device: Device, ids: readonly string[]): PacketRange[] {
  return ids.flatMap((id) => {
    const mapping = world.mappings.get(id);
    if (mapping?.device !== device || !device.live.has(mapping)) {
      violate(world, 'send-not-mapped', device, id, `the packet names ${id}, which is not mapped for ${device.id}`);
    }
    return (mapping?.buffers ?? []).map(({ dma, size }) => ({ dma, phys: reachedAt(world, device, dma), size }));
  });
}

/** Page numbers that cover [address, address + size). */
function pfns({ dma, size }: PacketRange): number {
  return Math.ceil((dma + size) / pageSize) - Math.floor(dma / pageSize);
}

/** `vmbus_sendpacket_mpb_desc()`: tells the other side where the data lies, mapped for it or, past the DMA API, as it is. */
export function stepSendPacket(world: World, step: SendPacketStep): StepResult {
  const device = deviceOf(world, step.device);
  const ranges =
    step.mappings !== undefined
      ? mappedRanges(world, device, step.mappings)
      : (step.ranges ?? []).map(({ phys, offset, size }) => {
          const start = Number.parseInt(phys, 16) + offset;
          return { dma: start, phys: start, size };
        });
  world.budget.probes -= rangeCost * ranges.length;
  const unreadable = ranges.reduce(
    (sum, { phys, size }) => sum + (phys === null ? size : unreadableBy(world, device, phys, size)),
    0,
  );
  return {
    op: step.op,
    pfns: ranges.reduce((sum, range) => sum + pfns(range), 0),
    ...exposure(world),
    ...(unreadable > 0 ? { inaccessibleBytes: unreadable } : {}),
  };
}
