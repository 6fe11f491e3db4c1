import { kernelProfile } from '../kernel/profiles';
import type { KernelVersion } from '../kernel/versions';
import type { SgEntry, Step } from './types';

/** Drivers with simulated I/O, as in drivers/scsi/storvsc_drv.c and drivers/net/hyperv/netvsc.c of Linux 6.12 and 7.3. */
export const drivers = ['storvsc', 'netvsc'] as const;
export type Driver = (typeof drivers)[number];

/** The device that a driver is bound to. */
export interface BoundDevice {
  /** Name of a VMBus device with a streaming mask. */
  readonly device: string;
  /** `hv_is_isolation_supported()`: netvsc maps its buffers only then. */
  readonly isolated: boolean;
  /** From 7.3 on netvsc decrypts its buffers itself. */
  readonly kernel: KernelVersion;
}

const page = 4096;
/** Start of the driver's memory; programs must not use these pages otherwise. */
const base = 0x1_4000_0000;

/** Pages of the driver's memory, `at` pages from its start. */
interface Region {
  readonly phys: string;
  readonly pages: number;
}

function region(at: number, pages: number): Region {
  return { phys: `0x${(base + at * page).toString(16)}`, pages };
}

/** Allocates memory and establishes a GPADL for it. */
function share(device: string, id: string, kind: 'ring' | 'buffer', memory: Region): Step[] {
  return [
    { op: 'alloc_pages', ...memory },
    { op: 'vmbus_establish_gpadl', id, device, kind, ...memory },
  ];
}

/** Tears down a GPADL and frees its memory. */
function unshare(gpadl: string): Step[] {
  return [
    { op: 'vmbus_teardown_gpadl', gpadl },
    { op: 'vmbus_free_buffer', gpadl },
  ];
}

/**
 * storvsc bound to `device`: its ring, one write of three segments, one read of a page, and removal. The segments respect the
 * driver's virtual boundary: only the first starts and only the last ends inside a page. Its payload is the PFNs of the
 * mapped segments.
 */
function storvsc({ device }: BoundDevice): Step[] {
  // storvsc_ringbuffer_size is 128 KiB for each direction.
  const ring = region(0, 2 * 32);
  const data = region(1027, 1).phys;
  const piece = (at: number, offset: number, size: number): SgEntry => ({
    phys: region(1024 + at, 1).phys,
    offset,
    size,
  });
  return [
    { op: 'dma_set_min_align_mask', device, mask: page - 1 },
    ...share(device, 'storvsc-ring', 'ring', ring),
    { op: 'dma_max_mapping_size', device },
    {
      op: 'dma_map_sg',
      id: 'storvsc-write',
      device,
      dir: 'to_device',
      entries: [piece(0, 512, page - 512), piece(1, 0, page), piece(2, 0, 512)],
    },
    { op: 'vmbus_sendpacket', device, mappings: ['storvsc-write'] },
    { op: 'dma_unmap_sg', mapping: 'storvsc-write' },
    {
      op: 'dma_map_sg',
      id: 'storvsc-read',
      device,
      dir: 'from_device',
      entries: [{ phys: data, offset: 0, size: page }],
    },
    { op: 'vmbus_sendpacket', device, mappings: ['storvsc-read'] },
    { op: 'device_write', mapping: 'storvsc-read', offset: 0, size: page },
    { op: 'dma_unmap_sg', mapping: 'storvsc-read' },
    { op: 'cpu_read', phys: data, offset: 0, size: page },
    ...unshare('storvsc-ring'),
  ];
}

/** Shares a buffer of netvsc: from 7.3 on the driver decrypts it before it establishes the GPADL. */
function shareBuffer({ device, kernel }: BoundDevice, id: string, memory: Region): Step[] {
  if (!kernelProfile(kernel).vmbusBuffers) return share(device, id, 'buffer', memory);
  return [
    { op: 'vmbus_alloc_buffer', id, device, ...memory },
    { op: 'vmbus_establish_gpadl', id, device, kind: 'buffer_decrypted', ...memory },
  ];
}

function unshareBuffer({ kernel }: BoundDevice, id: string): Step[] {
  if (!kernelProfile(kernel).vmbusBuffers) return unshare(id);
  return [
    { op: 'vmbus_teardown_gpadl', gpadl: id },
    { op: 'vmbus_free_buffer', buffer: id },
  ];
}

/** A packet too large for the send buffer: its page buffers are mapped in an isolated VM, else sent unmapped. */
function netvscLarge({ device, isolated }: BoundDevice, buffers: readonly SgEntry[]): Step[] {
  if (!isolated) return [{ op: 'vmbus_sendpacket', device, ranges: buffers }];
  const ids = buffers.map((_, i) => `netvsc-send-${i}`);
  return [
    ...buffers.flatMap((buffer, i): Step[] => {
      const id = ids[i] ?? '';
      return [
        { op: 'dma_map_single', id, device, dir: 'to_device', ...buffer },
        { op: 'dma_mapping_error', mapping: id },
      ];
    }),
    { op: 'vmbus_sendpacket', device, mappings: ids },
    ...ids.map((mapping): Step => ({ op: 'dma_unmap_single', mapping })),
  ];
}

/**
 * netvsc bound to `device`: ring, receive and send buffer as GPADLs, a small packet copied to the send buffer, a large one
 * sent by its pages, a received one, and removal.
 */
function netvsc(bound: BoundDevice): Step[] {
  const { device } = bound;
  // 16 MiB in sections of 1,728 bytes, 1 MiB in sections of 6,144; the ring has 128 pages for each direction.
  const receive = region(0, 4096);
  const send = region(4096, 255);
  const ring = region(4352, 2 * 128);
  const packet: readonly SgEntry[] = [
    { phys: region(5000, 1).phys, offset: 66, size: 1448 },
    { phys: region(5001, 1).phys, offset: 0, size: page },
  ];
  return [
    ...share(device, 'netvsc-ring', 'ring', ring),
    ...shareBuffer(bound, 'netvsc-receive', receive),
    ...shareBuffer(bound, 'netvsc-send', send),
    { op: 'cpu_write', phys: send.phys, offset: 0, size: 200 },
    ...netvscLarge(bound, packet),
    { op: 'device_write', gpadl: 'netvsc-receive', offset: 0, size: 1514 },
    { op: 'cpu_read', phys: receive.phys, offset: 0, size: 1514 },
    ...unshareBuffer(bound, 'netvsc-receive'),
    ...unshareBuffer(bound, 'netvsc-send'),
    ...unshare('netvsc-ring'),
  ];
}

/** The steps of a driver from probe to removal, with a few requests in between. The device already exists. */
export function trafficOf(driver: Driver, bound: BoundDevice): Step[] {
  return driver === 'storvsc' ? storvsc(bound) : netvsc(bound);
}
