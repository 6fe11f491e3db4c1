import { kernelProfile } from '../kernel/profiles';
import type { KernelVersion } from '../kernel/versions';
import type { SgEntry, Step } from './types';

/** The drivers whose traffic is known: what Linux 6.12 and 7.3 do in drivers/scsi/storvsc_drv.c and drivers/net/hyperv/netvsc.c. */
export const drivers = ['storvsc', 'netvsc'] as const;
export type Driver = (typeof drivers)[number];

/** The device that a driver is bound to. */
export interface BoundDevice {
  /** Name of a VMBus device whose streaming mask is set. */
  readonly device: string;
  /** `hv_is_isolation_supported()`: netvsc maps what it sends only then. */
  readonly isolated: boolean;
  /** Whose driver it is: from 7.3 on netvsc has its buffers decrypted itself. */
  readonly kernel: KernelVersion;
}

const page = 4096;
/** The driver's memory lies from here on; programs that use the same pages for something else get in its way. */
const base = 0x1_4000_0000;

/** Pages of the driver's memory, `at` pages from its start. */
interface Region {
  readonly phys: string;
  readonly pages: number;
}

function region(at: number, pages: number): Region {
  return { phys: `0x${(base + at * page).toString(16)}`, pages };
}

/** Allocates memory and makes a GPADL of it. */
function share(device: string, id: string, kind: 'ring' | 'buffer', memory: Region): Step[] {
  return [
    { op: 'alloc_pages', ...memory },
    { op: 'vmbus_establish_gpadl', id, device, kind, ...memory },
  ];
}

/** Tears a GPADL down and gives its memory up. */
function unshare(gpadl: string): Step[] {
  return [
    { op: 'vmbus_teardown_gpadl', gpadl },
    { op: 'vmbus_free_buffer', gpadl },
  ];
}

/**
 * storvsc bound to `device`: its ring, one write of three pieces and one read of a page, and the end. The pieces keep to the
 * driver's virtual boundary: only the first begins and only the last ends inside a page. Its payload is the page numbers of
 * what `scsi_dma_map()` gave.
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

/** A buffer of netvsc, by name: from 7.3 on the driver has it decrypted before it makes a GPADL of it. */
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

/** A packet too large for the send buffer: its page buffers are mapped where the VM is isolated, else sent as they are. */
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
 * netvsc bound to `device`: ring, receive and send buffer as GPADLs, a small packet that is copied into the send buffer, a
 * large one that goes by its pages, one that is received, and the end.
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

/** The steps of a driver from its probe to its removal, with a few requests in between. The device exists before them. */
export function trafficOf(driver: Driver, bound: BoundDevice): Step[] {
  return driver === 'storvsc' ? storvsc(bound) : netvsc(bound);
}
