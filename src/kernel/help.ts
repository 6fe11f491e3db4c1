/** One sentence on each name that a hover can stand on. Markdown; `device_…()` names are the kernel's. */
export const nameHelp: ReadonlyMap<string, string> = new Map([
  [
    'dma_io_tlb_mem',
    'The bounce pool of the device. `device_initialize()` points it at the default pool; forced bouncing is a property of that pool, so a device with NULL here is never bounced.',
  ],
  [
    'co_external_memory',
    'The offer says that a trusted paravisor serves this channel and may reach private guest memory (since Linux 6.19). This is the trust predicate; it implies `co_ring_buffer`.',
  ],
  [
    'co_ring_buffer',
    'Only the ring buffer of this channel is private. It says nothing about the memory that the device reaches by DMA: do not use it to take a pool away.',
  ],
  ['device_initialize', 'Initialises the device: whatever pool was set before, it has the default pool afterwards.'],
  ['device_register', '`device_initialize()` and then `device_add()`: a pool pointer stored before it is lost.'],
  ['device_add', 'Makes the device visible: a driver may bind and map memory before this returns.'],
  ['dma_set_mask', 'Sets the streaming mask; fails with -EIO when `dma_mask` points nowhere, and keeps the old mask.'],
  ['dma_set_coherent_mask', 'Sets the mask of coherent allocations. While it is 0 they all fail.'],
  ['dma_set_mask_and_coherent', 'Sets the streaming mask and, if that worked, the coherent one.'],
  ['dma_set_min_align_mask', 'These low bits of an address survive bouncing; each mapping may take more slots.'],
  ['dma_mask', 'Where the streaming mask is stored. Without it `dma_set_mask()` and every map fail.'],
  ['coherent_dma_mask', 'The mask of coherent allocations. VMBus leaves it 0 in all released kernels.'],
  ['DMA_BIT_MASK', 'A mask of that many low bits: the addresses that the device can reach.'],
  ['vmbus_is_confidential', 'True when the connection to the host is confidential; it says nothing about one device.'],
  ['hv_is_isolation_supported', 'True in an isolated VM, where devices must bounce unless their offer says otherwise.'],
  [
    'scsi_dma_map',
    'Maps the scatterlist of a command through the device that `scsi_add_host()` was given; each entry bounces by itself.',
  ],
  [
    'dma_map_single',
    'Maps one buffer: direct if the device has no forced pool and its mask reaches it, else copied to its pool.',
  ],
  [
    'dma_map_page',
    'Maps part of a page: direct if the device has no forced pool and its mask reaches it, else copied to its pool.',
  ],
  ['dma_map_sg', 'Maps a scatterlist; each entry is mapped, and bounced, by itself.'],
  [
    'dma_alloc_coherent',
    'Allocates memory for CPU and device. In a confidential VM it is decrypted for every device, also for one without a pool.',
  ],
]);
