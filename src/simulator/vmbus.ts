import { pageSize } from './address';
import { checkFreed } from './gpadl';
import { unreadableBy } from './map-steps';
import { writeContent, zero } from './memory';
import { convert, giveAway } from './memory-steps';
import { reachedAt } from './front-end';
import { deviceOf, exposure, quiet, violate } from './report';
import { print, type ChannelBuffer, type Device, type Gpadl, type World } from './world';
import type {
  AllocBufferStep,
  EstablishGpadlStep,
  FreeBufferStep,
  SendPacketStep,
  StepResult,
  TeardownGpadlStep,
} from '../program/types';

const enomem = -12;
/** Pages of the largest block of the page allocator. */
const largestChunk = 1024;

/** Whether the channel's flag for this kind of GPADL lets the other side use private memory. */
function isFlagged(world: World, { device, kind }: EstablishGpadlStep): boolean {
  const { channel } = deviceOf(world, device);
  if (channel === null || !world.machine.platform.profile.confidentialVmbus) return false;
  return kind === 'ring' ? channel.ring : channel.external;
}

/**
 * `__vmbus_establish_gpadl()`: decrypts the pages, unless the channel's flag keeps them private or the caller has done it, then
 * tells the other side.
 */
export function stepEstablishGpadl(world: World, step: EstablishGpadlStep): StepResult {
  const flagged = isFlagged(world, step);
  const converts = !flagged && step.kind !== 'buffer_decrypted';
  const gpadl: Gpadl = {
    id: step.id,
    device: deviceOf(world, step.device),
    phys: Number.parseInt(step.phys, 16),
    size: step.pages * pageSize,
    flagged,
    decrypted: step.fails !== 'memory' && converts,
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

/** The blocks of pages that `vmbus_alloc_buffer()` takes for `pages` pages: the largest first, each a power of two. */
function chunksOf(pages: number): number[] {
  const chunks: number[] = [];
  for (let left = pages; left > 0;) {
    const chunk = Math.min(largestChunk, 2 ** Math.floor(Math.log2(left)));
    chunks.push(chunk);
    left -= chunk;
  }
  return chunks;
}

/**
 * `vmbus_alloc_buffer()`: `vzalloc()`, or chunks that are decrypted one by one. A chunk whose conversion fails is leaked; the
 * others are re-encrypted and freed.
 */
export function stepAllocBuffer(world: World, step: AllocBufferStep): StepResult {
  const device = deviceOf(world, step.device);
  const start = Number.parseInt(step.phys, 16);
  const size = step.pages * pageSize;
  // hv_is_isolation_supported()
  const decrypted = world.machine.platform.guestEncrypted && device.channel?.external !== true;
  const failed = step.fails === 'memory' || (decrypted && step.fails === 'decrypt');
  world.buffers.set(step.id, { id: step.id, device, phys: start, pages: step.pages, decrypted, released: failed });
  const state = (ret: number): StepResult => ({ op: step.op, ret, decryptCalls: world.decryptCalls, ...quiet(world) });
  if (step.fails === 'memory') return state(enomem);
  writeContent(world.memory, start, size, zero);
  if (!decrypted) return state(0);
  const chunks = chunksOf(step.pages);
  let at = start;
  chunks.forEach((pages, i) => {
    convert(world, at, pages * pageSize, true, failed && i === chunks.length - 1);
    at += pages * pageSize;
  });
  if (!failed) return { ...state(0), decrypted };
  const leaked = (chunks.at(-1) ?? 0) * pageSize;
  convert(world, start, size - leaked, false, false);
  giveAway(world, start, size - leaked);
  return { ...state(enomem), leakedBytes: leaked };
}

/** `vmbus_free_buffer()` of 7.3: the chunks are re-encrypted, and what cannot be is leaked. */
function freeBuffer(world: World, step: FreeBufferStep, buffer: ChannelBuffer): StepResult {
  const { id, device, phys, pages, decrypted } = buffer;
  if (buffer.released) {
    violate(world, 'free-not-allocated', device, id, `buffer ${id} is freed a second time, or was never allocated`);
    return { op: step.op, ...quiet(world) };
  }
  buffer.released = true;
  const size = pages * pageSize;
  const leaked = decrypted && step.fails === 'encrypt' ? (chunksOf(pages).at(-1) ?? 0) * pageSize : 0;
  checkFreed(world, phys, size);
  if (decrypted) convert(world, phys, size - leaked, false, false);
  giveAway(world, phys, size - leaked);
  if (leaked === 0) return { op: step.op, ...quiet(world) };
  convert(world, phys + size - leaked, leaked, false, true);
  return { op: step.op, leakedBytes: leaked, ...quiet(world) };
}

/**
 * `vmbus_free_ring()`, `hv_uio_cleanup()` and, before 7.3, `free_netvsc_device()`: what the GPADL's flag calls decrypted is
 * leaked. For a buffer of `vmbus_alloc_buffer()`, the function of this name.
 */
export function stepFreeBuffer(world: World, step: FreeBufferStep): StepResult {
  const buffer = world.buffers.get(step.buffer ?? '');
  return buffer === undefined ? freeGpadl(world, step) : freeBuffer(world, step, buffer);
}

function freeGpadl(world: World, step: FreeBufferStep): StepResult {
  const gpadl = world.gpadls.get(step.gpadl ?? '') as Gpadl;
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
