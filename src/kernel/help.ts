/** One or two sentences on each name that has a hover. Markdown; `device_…()` names are the kernel's. */
export const nameHelp: ReadonlyMap<string, string> = new Map([
  [
    'dma_io_tlb_mem',
    "The device's bounce pool. `device_initialize()` sets it to the default pool. Forced bouncing is a property of the pool, so a device with NULL here never bounces.",
  ],
  [
    'co_external_memory',
    'The offer says that a trusted paravisor serves this channel and may access private guest memory (Linux 6.19 and later). This is the trust predicate; it implies `co_ring_buffer`.',
  ],
  [
    'co_ring_buffer',
    'Only the ring buffer of this channel is private. The flag says nothing about the memory that the device accesses by DMA: do not use it to clear a pool.',
  ],
  ['device_initialize', 'Initializes the device and sets its pool to the default pool, whatever was stored before.'],
  [
    'device_register',
    'Calls `device_initialize()` and then `device_add()`, so a pool pointer stored before it is lost.',
  ],
  ['device_add', 'Makes the device visible: a driver may bind and map memory before this call returns.'],
  [
    'dma_set_mask',
    'Sets the streaming mask. Returns -EIO and keeps the old mask if the device has no `dma_mask` pointer or cannot use the new mask.',
  ],
  ['dma_set_coherent_mask', 'Sets the mask for coherent allocations, which fail while it is 0.'],
  ['dma_set_mask_and_coherent', 'Sets the streaming mask and, on success, the coherent mask.'],
  ['dma_set_min_align_mask', 'Bouncing preserves these low bits of an address, so a mapping may need one more slot.'],
  ['dma_mask', 'Points to the streaming mask. While it is NULL, `dma_set_mask()` and every map call fail.'],
  ['coherent_dma_mask', 'The mask for coherent allocations. VMBus leaves it 0 in all released kernels.'],
  ['DMA_BIT_MASK', 'A mask with this many low bits set: the addresses that the device can reach.'],
  [
    'vmbus_is_confidential',
    'True if the connection to the host is confidential. It says nothing about a single device.',
  ],
  ['hv_is_isolation_supported', 'True in an isolated VM, where devices must bounce unless their offer says otherwise.'],
  [
    'scsi_dma_map',
    'Maps the scatterlist of a command through the device that was passed to `scsi_add_host()`. Each entry bounces separately.',
  ],
  [
    'dma_map_single',
    'Maps one buffer: directly if the pool does not force bouncing and the mask reaches the buffer, otherwise by copying it to the pool.',
  ],
  [
    'dma_map_page',
    'Maps part of a page: directly if the pool does not force bouncing and the mask reaches the page, otherwise by copying it to the pool.',
  ],
  ['dma_map_sg', 'Maps a scatterlist. Each entry is mapped, and bounces, separately.'],
  [
    'dma_alloc_coherent',
    'Allocates memory for CPU and device. In a confidential VM it is decrypted for every device, even one without a pool.',
  ],
]);
