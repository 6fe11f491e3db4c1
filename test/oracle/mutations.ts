/** One rule of the model, broken on purpose by changing the simulator's source text. */
export interface Mutation {
  readonly rule: string;
  /** Rules of a kernel that Debian does not build are tried on its recorded programs alone. */
  readonly recordedOnly?: 'dynamic';
  /** Below src/simulator. */
  readonly file: string;
  /** Text that must be there, and what takes its place. */
  readonly from: string;
  readonly to: string;
}

/** Rules that the comparison has to notice when they are broken. */
export const mutations: readonly Mutation[] = [
  {
    rule: 'device_initialize() points the device at the default pool, whatever was stored before',
    file: 'lifecycle.ts',
    from: '  setMem(world, device, world.machine.defaultPool);\n',
    to: '  if (device.mem === null && device.phase !== "zeroed") setMem(world, device, null);\n  else setMem(world, device, world.machine.defaultPool);\n',
  },
  {
    rule: 'forced bouncing is a property of the pool: a NULL pool never bounces',
    file: 'bounce.ts',
    from: 'return device.mem !== null && device.mem.forceBounce;',
    to: 'return device.mem === null || device.mem.forceBounce;',
  },
  {
    rule: 'a mask has to cover the end of the buffer, not its start',
    file: 'bounce.ts',
    from: 'return maskCovers(device.mask, dma + size - 1);',
    to: 'return maskCovers(device.mask, dma);',
  },
  {
    rule: 'sync for the CPU copies nothing back from a DMA_TO_DEVICE mapping',
    file: 'bounce.ts',
    from: "dir === 'to_device' ? 0 : bounceCopy",
    to: "dir === 'from_device' ? 0 : bounceCopy",
  },
  {
    rule: 'a map copies the original in, whatever the direction',
    file: 'bounce.ts',
    from: '  bounceCopy(world, pool, device, address, size, true);\n',
    to: '',
  },
  {
    rule: 'the first bounce makes a device need syncs again (dma_skip_sync)',
    file: 'bounce.ts',
    from: '  device.skipSync = false;\n',
    to: '',
  },
  {
    rule: 'the largest mapping leaves room for min_align_mask',
    file: 'bounce.ts',
    from: ' - slotsFor(device.minAlignMask) * slotSize',
    to: '',
  },
  {
    rule: 'slots that are given back join the free slots before them',
    file: 'swiotlb.ts',
    from: '  recount(pool, index, free);\n',
    to: '',
  },
  {
    rule: 'unencrypted coherent memory is decrypted once, and counted',
    file: 'allocate.ts',
    from: '  world.decryptCalls++;\n',
    to: '',
  },
  {
    rule: 'a transient pool of decrypted memory has to be within the coherent mask',
    recordedOnly: 'dynamic',
    file: 'dynamic.ts',
    from: '? coherentOk(world, device, phys, size)',
    to: '? true',
  },
  {
    rule: 'a transient pool goes with its mapping',
    recordedOnly: 'dynamic',
    file: 'dynamic.ts',
    from: '  if (device.mem !== null) device.mem.used -= pool.slots;\n',
    to: '',
  },
  {
    rule: 'a full pool grows',
    recordedOnly: 'dynamic',
    file: 'bounce.ts',
    from: '  scheduleGrowth(world, mem);\n',
    to: '',
  },
  {
    rule: 'the newest pool is searched first',
    recordedOnly: 'dynamic',
    file: 'swiotlb.ts',
    from: '  mem.pools.unshift(pool);\n',
    to: '  mem.pools.push(pool);\n',
  },
  {
    rule: 'allocations read dma_io_tlb_mem unguarded where there are restricted pools',
    recordedOnly: 'dynamic',
    file: 'allocate.ts',
    from: "  if (restricted === 'oops') return { kind: 'oops' };\n",
    to: "  if (restricted === 'oops') return failed;\n",
  },
];
