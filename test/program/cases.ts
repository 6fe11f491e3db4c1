// Programs by hand: each good one runs, each bad one is refused with a message that says where and what.

const machine = { kernel: '7.1', coco: 'snp-vtom', swiotlb: 'default' };
const device = { op: 'device', id: 'd0', lifecycle: ['device_register'] };
const buffer = { phys: '0x120000000', offset: 512, size: 4096 };
const map = { op: 'dma_map_page', id: 'm0', device: 'd0', ...buffer, dir: 'to_device' };
const sg = { op: 'dma_map_sg', id: 's0', device: 'd0', entries: [buffer, buffer], dir: 'from_device' };
const alloc = { op: 'dma_alloc_coherent', id: 'c0', device: 'd0', size: 4096, gfp: 'kernel' };

const offer = { op: 'vmbus_offer', id: 'o0', from: 'paravisor', type: 'scsi', ring: true, external: true };

function program(steps: unknown, overrides: object = {}): unknown {
  return { version: 1, machine: { ...machine, ...overrides }, steps };
}

interface Good {
  readonly name: string;
  readonly program: unknown;
}

export const goodPrograms: readonly Good[] = [
  { name: 'no steps', program: program([]) },
  {
    name: 'the page that every document shows',
    program: program([device, map, { op: 'dma_unmap_page', mapping: 'm0' }]),
  },
  {
    name: 'every machine member',
    program: program([], {
      slots: 32768,
      areas: 2,
      memory: 6442450944,
      forceDmaUnencrypted: null,
      restrictedPool: false,
      poolStart: null,
      commandLine: 'quiet swiotlb=512,1,force',
      poolAllocationFails: false,
      swiotlbDynamic: true,
      paravisor: 'openhcl',
      poolUsed: 500,
    }),
  },
  {
    name: 'places, comments and conditions',
    program: {
      $schema: 'https://example.org/program.json',
      comment: 'one device',
      ...(program([{ ...device, at: { file: 'a.c', line: 1, column: 2 }, comment: 'x' }]) as object),
      when: ['channel->co_external_memory'],
    },
  },
  {
    name: 'every device member',
    program: program([
      {
        ...device,
        channel: { ring: true, external: true },
        confidential: true,
        maskPointer: false,
        dmaParms: false,
        mask: 64,
        coherentMask: 0,
      },
    ]),
  },
  {
    name: 'saved pools',
    program: program([
      { op: 'device', id: 'd0', lifecycle: ['device_initialize', 'save-pool:p', 'pool=null', 'device_add'] },
      { op: 'lifecycle', device: 'd0', do: 'pool=saved:p' },
    ]),
  },
  {
    name: 'every mapping call',
    program: program([
      device,
      { op: 'dma_set_mask', device: 'd0', bits: 64 },
      { op: 'dma_set_coherent_mask', device: 'd0', bits: 64 },
      { op: 'dma_set_mask_and_coherent', device: 'd0', bits: 32 },
      { op: 'dma_set_min_align_mask', device: 'd0', mask: 4095 },
      { op: 'dma_max_mapping_size', device: 'd0' },
      map,
      { ...map, op: 'dma_map_single', id: 'm1', memory: 'linear' },
      { ...map, op: 'dma_map_phys', id: 'm2', attrs: ['mmio', 'no_warn'] },
      sg,
      { op: 'dma_map_resource', id: 'r0', device: 'd0', phys: '0xfe000010', size: 64, dir: 'bidirectional' },
      { op: 'dma_mapping_error', mapping: 'm0' },
      { op: 'dma_sync_single_for_cpu', mapping: 'm0', offset: 8, size: 8 },
      { op: 'dma_sync_single_for_device', mapping: 'm0', dir: 'to_device' },
      { op: 'dma_sync_sg_for_cpu', mapping: 's0' },
      { op: 'dma_sync_sg_for_device', mapping: 's0' },
      { op: 'dma_unmap_page', mapping: 'm0', size: 4096, dir: 'to_device', attrs: ['skip_cpu_sync'] },
      { op: 'dma_unmap_single', mapping: 'm1' },
      { op: 'dma_unmap_phys', mapping: 'm2' },
      { op: 'dma_unmap_sg', mapping: 's0', entries: 2 },
      { op: 'dma_unmap_resource', mapping: 'r0' },
    ]),
  },
  {
    name: 'every allocation and memory call',
    program: program([
      { ...device, channel: { ring: true, external: false } },
      alloc,
      { ...alloc, op: 'dma_alloc_pages', id: 'c1', gfp: 'atomic' },
      { ...alloc, op: 'dma_alloc_noncontiguous', id: 'c2' },
      { op: 'cpu_write', allocation: 'c0', offset: 0, size: 64 },
      { op: 'cpu_read', phys: '0x1000', offset: 0, size: 64 },
      { op: 'device_write', allocation: 'c0', offset: 0, size: 64 },
      { op: 'dma_free_coherent', allocation: 'c0' },
      { op: 'dma_free_pages', allocation: 'c1' },
      { op: 'dma_free_noncontiguous', allocation: 'c2' },
      { op: 'set_memory_decrypted', phys: '0x200000', pages: 2, fails: false },
      { op: 'set_memory_encrypted', phys: '0x200000', pages: 2, fails: true },
      { op: 'free_pages', phys: '0x200000', pages: 2 },
      { op: 'vmbus_establish_gpadl', id: 'g0', device: 'd0', kind: 'ring', phys: '0x400000', pages: 4, fails: 'post' },
      { op: 'vmbus_teardown_gpadl', gpadl: 'g0', fails: 'encrypt' },
      { op: 'vmbus_free_buffer', gpadl: 'g0' },
    ]),
  },
  {
    name: 'an offer and what travels over its channel',
    program: program([
      offer,
      { ...device, offer: 'o0' },
      map,
      { op: 'vmbus_sendpacket', device: 'd0', mappings: ['m0'] },
      { op: 'vmbus_sendpacket', device: 'd0', ranges: [buffer] },
      { op: 'vmbus_establish_gpadl', id: 'g0', device: 'd0', kind: 'buffer', phys: '0x400000', pages: 4 },
      { op: 'device_write', gpadl: 'g0', offset: 0, size: 1_000_000 },
    ]),
  },
  {
    name: 'an untrusted device behind an IOMMU',
    program: program([{ ...device, iommu: true, untrusted: true }, map, sg, alloc]),
  },
];

interface Bad {
  readonly name: string;
  readonly program: unknown;
  readonly error: RegExp;
}

export const badPrograms: readonly Bad[] = [
  { name: 'nothing', program: null, error: /a program must be an object/ },
  { name: 'a list', program: [], error: /a program must be an object/ },
  { name: 'no machine', program: { version: 1, steps: [] }, error: /machine must be an object/ },
  { name: 'no version', program: { machine, steps: [] }, error: /version is missing/ },
  { name: 'another version', program: { version: 2, machine, steps: [] }, error: /version must be 1, not 2/ },
  { name: 'no steps', program: { version: 1, machine }, error: /steps must be a list/ },
  { name: 'an unknown kernel', program: program([], { kernel: '5.4' }), error: /machine: kernel must be one of 6\.1/ },
  { name: 'an unknown platform', program: program([], { coco: 'sgx' }), error: /machine: coco must be one of/ },
  { name: 'an unknown keyword', program: program([], { swiotlb: 'any' }), error: /machine: swiotlb must be one of/ },
  { name: 'a huge pool', program: program([], { slots: 1e9 }), error: /machine: slots must be an integer from 1/ },
  { name: 'many areas', program: program([], { areas: 1e9 }), error: /machine: areas must be/ },
  { name: 'a pool inside a page', program: program([], { poolStart: '0x1800' }), error: /machine: poolStart must be/ },
  { name: 'CCA before 6.13', program: program([], { coco: 'cca', kernel: '6.12' }), error: /machine: kernel 6\.12/ },
  { name: 'CCA on 6.1', program: program([], { coco: 'cca', kernel: '6.1' }), error: /machine: kernel 6\.1/ },
  {
    name: 'dynamic pools on 6.1',
    program: program([], { swiotlbDynamic: true, kernel: '6.1' }),
    error: /SWIOTLB_DYNAMIC/,
  },
  { name: 'a misspelt machine member', program: program([], { slot: 1 }), error: /machine: unknown member "slot"/ },
  { name: 'a step that is no object', program: program(['device']), error: /^step 1: a step must be an object/ },
  { name: 'an unknown op', program: program([device, { op: 'dma_map' }]), error: /^step 2: op must be one of/ },
  {
    name: 'a missing id',
    program: program([{ op: 'device', lifecycle: [] }]),
    error: /^step 1: device: id is missing/,
  },
  { name: 'an empty id', program: program([{ ...device, id: '' }]), error: /^step 1: device: id must be a name/ },
  {
    name: 'an unknown word',
    program: program([{ ...device, lifecycle: ['init'] }]),
    error: /^step 1: .*element 1 must be a lifecycle word/,
  },
  {
    name: 'a device without initialiser',
    program: program([map]),
    error: /^step 1: .*no earlier step defines device "d0"|^step 1: no earlier/,
  },
  { name: 'the same device twice', program: program([device, device]), error: /^step 2: device "d0" already exists/ },
  {
    name: 'the same mapping twice',
    program: program([device, map, map]),
    error: /^step 3: mapping "m0" already exists/,
  },
  {
    name: 'the same allocation twice',
    program: program([device, alloc, alloc]),
    error: /^step 3: allocation "c0" already exists/,
  },
  {
    name: 'an unmap of nothing',
    program: program([device, { op: 'dma_unmap_page', mapping: 'm9' }]),
    error: /^step 2: no earlier step defines mapping "m9"/,
  },
  {
    name: 'a scatterlist unmapped as a page',
    program: program([device, sg, { op: 'dma_unmap_page', mapping: 's0' }]),
    error: /^step 3: .*use dma_unmap_sg/,
  },
  {
    name: 'a free of nothing',
    program: program([device, { op: 'dma_free_coherent', allocation: 'c9' }]),
    error: /^step 2: no earlier/,
  },
  {
    name: 'an unsaved pool',
    program: program([device, { op: 'lifecycle', device: 'd0', do: 'pool=saved:x' }]),
    error: /^step 2: no pool was saved as "x"/,
  },
  {
    name: 'external memory without a ring',
    program: program([{ ...device, channel: { ring: false, external: true } }]),
    error: /^step 1: channel.external is true but channel.ring is false/,
  },
  {
    name: 'a channel by half',
    program: program([{ ...device, channel: { external: true } }]),
    error: /^step 1: device: channel is invalid: ring is missing/,
  },
  {
    name: 'no bytes',
    program: program([device, { ...map, size: 0 }]),
    error: /^step 2: dma_map_page: size must be an integer from 1/,
  },
  { name: 'half a byte', program: program([device, { ...map, size: 0.5 }]), error: /^step 2: .*size/ },
  { name: 'endless bytes', program: program([device, { ...map, size: 1e30 }]), error: /^step 2: .*size/ },
  { name: 'a negative offset', program: program([device, { ...map, offset: -1 }]), error: /^step 2: .*offset/ },
  {
    name: 'an address as a number',
    program: program([device, { ...map, phys: 4096 }]),
    error: /^step 2: .*phys must be the hexadecimal/,
  },
  {
    name: 'an address inside a page',
    program: program([device, { ...map, phys: '0x1200' }]),
    error: /^step 2: .*phys/,
  },
  {
    name: 'an address beyond 48 bits',
    program: program([device, { ...map, phys: '0x1000000000000' }]),
    error: /^step 2: .*phys/,
  },
  {
    name: 'an unknown direction',
    program: program([device, { ...map, dir: 'both' }]),
    error: /^step 2: .*dir must be one of/,
  },
  { name: 'no entries', program: program([device, { ...sg, entries: [] }]), error: /^step 2: .*at least 1 element/ },
  {
    name: 'a bad entry',
    program: program([device, { ...sg, entries: [buffer, { ...buffer, size: 0 }] }]),
    error: /^step 2: .*element 2 is invalid: size/,
  },
  {
    name: 'a wide mask',
    program: program([device, { op: 'dma_set_mask', device: 'd0', bits: 65 }]),
    error: /^step 2: .*bits/,
  },
  { name: 'gfp of another kind', program: program([device, { ...alloc, gfp: 'dma' }]), error: /^step 2: .*gfp/ },
  {
    name: 'a misspelt member',
    program: program([{ ...device, maskpointer: true }]),
    error: /^step 1: .*unknown member "maskpointer"/,
  },
  {
    name: 'a place by half',
    program: program([{ ...device, at: { file: 'a.c' } }]),
    error: /^step 1: .*at is invalid: line is missing/,
  },
  {
    name: 'an attribute before its time',
    program: program([device, { ...map, attrs: ['cc_shared'] }], { kernel: '6.19' }),
    error: /^step 2: kernel 6\.19 has no DMA_ATTR_CC_SHARED/,
  },
  {
    name: 'dma_map_phys before its time',
    program: program([device, { ...map, op: 'dma_map_phys' }], { kernel: '6.12' }),
    error: /^step 2: kernel 6\.12 has no dma_map_phys/,
  },
  {
    name: 'a GPADL without a channel',
    program: program([
      device,
      { op: 'vmbus_establish_gpadl', id: 'g', device: 'd0', kind: 'ring', phys: '0x0', pages: 1 },
    ]),
    error: /^step 2: device "d0" has no channel/,
  },
  {
    name: 'an access to nowhere',
    program: program([{ op: 'cpu_read', offset: 0, size: 1 }]),
    error: /^step 1: needs exactly one of phys, allocation/,
  },
  {
    name: 'an access to two places',
    program: program([device, alloc, { op: 'cpu_read', phys: '0x0', allocation: 'c0', offset: 0, size: 1 }]),
    error: /^step 3: needs exactly one of/,
  },
  {
    name: 'a missing GPADL',
    program: program([{ op: 'vmbus_teardown_gpadl', gpadl: 'g' }]),
    error: /^step 1: no earlier step defines GPADL "g"/,
  },
  {
    name: 'giving up the memory of a GPADL that nobody made',
    program: program([{ op: 'vmbus_free_buffer', gpadl: 'g' }]),
    error: /^step 1: no earlier step defines GPADL "g"/,
  },
  {
    name: 'an offer of no known device class',
    program: program([{ ...offer, type: 'floppy' }]),
    error: /^step 1: vmbus_offer: type must be one of ide, scsi, .*, not "floppy"/,
  },
  {
    name: 'a GPADL of 10^9 pages',
    program: program([
      { ...device, channel: { ring: false, external: false } },
      { op: 'vmbus_establish_gpadl', id: 'g', device: 'd0', kind: 'ring', phys: '0x0', pages: 1e9 },
    ]),
    error: /^step 2: vmbus_establish_gpadl: pages must be an integer from 1 to 16777216, not 1000000000/,
  },
  {
    name: 'a packet for a device without a channel',
    program: program([device, map, { op: 'vmbus_sendpacket', device: 'd0', mappings: ['m0'] }]),
    error: /^step 3: device "d0" has no channel; add channel or offer to its device step/,
  },
  {
    name: 'a packet that names nothing',
    program: program([
      { ...device, channel: { ring: false, external: false } },
      { op: 'vmbus_sendpacket', device: 'd0' },
    ]),
    error: /^step 2: needs exactly one of mappings, ranges/,
  },
  {
    name: 'a packet that names what was never mapped',
    program: program([
      { ...device, channel: { ring: false, external: false } },
      { op: 'vmbus_sendpacket', device: 'd0', mappings: ['m9'] },
    ]),
    error: /^step 2: no earlier step defines mapping "m9"/,
  },
  {
    name: 'a store to two places',
    program: program([device, map, alloc, { op: 'device_write', mapping: 'm0', allocation: 'c0', offset: 0, size: 1 }]),
    error: /^step 4: needs exactly one of mapping, allocation, gpadl/,
  },
];
