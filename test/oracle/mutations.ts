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
  {
    rule: '7.3: memory that is not shared cannot be mapped where DMA has to be unencrypted',
    file: 'bounce.ts',
    from: '  if (platform.profile.capableChecksEncryption && !shared && mustBeUnencrypted(platform, device)) return false;\n',
    to: '',
  },
  {
    rule: '7.3: CoCo guests do not force the pool',
    file: 'boot.ts',
    from: 'wanted.force || (platform.guestEncrypted && profile.archForcesBounce);',
    to: 'wanted.force || platform.guestEncrypted;',
  },
  {
    rule: '7.3: a pool serves only devices that fit the state of its memory',
    file: 'bounce.ts',
    from: 'mem.ccShared === mustBeUnencrypted(platform, device);',
    to: 'true;',
  },
  {
    rule: '7.3: a mapping that does not fit its pool fails without a message of its own',
    file: 'bounce.ts',
    from: '  return fits ? mem : null;',
    to: '  if (!fits) print(world, "swiotlb pool does not fit");\n  return fits ? mem : null;',
  },
  {
    rule: 'whether DMA has to be unencrypted is asked of the device',
    file: 'platform.ts',
    from: 'return platform.forceDmaUnencrypted && !device.privateDma;',
    to: 'return platform.forceDmaUnencrypted;',
  },
  {
    rule: '7.3: device memory is capable by the same test as RAM',
    file: 'direct.ts',
    from: '  if (capable(world, device, dma, buffer.size, shared)) return direct(buffer, dma);\n  return overflow',
    to: '  if (maskReaches(device, dma, buffer.size)) return direct(buffer, dma);\n  return overflow',
  },
  {
    rule: '7.3: a forced pool bounces memory that the caller has shared',
    file: 'direct.ts',
    from: "    return swiotlbMap(world, device, buffer, attributes);\n  }\n  const shared = attributes.has('cc_shared');",
    to: "    if (!attributes.has('cc_shared')) return swiotlbMap(world, device, buffer, attributes);\n  }\n  const shared = attributes.has('cc_shared');",
  },
  {
    rule: '7.3: pages and scatterlists share one warning that is printed once',
    file: 'direct.ts',
    from: "profile.mapRules === 'tracked' ? '' : `-${call.caller}`",
    to: "profile.mapRules === 'tracked' ? `-${call.caller}` : `-${call.caller}`",
  },
  {
    rule: '7.1: memory that the caller has shared needs a forced pool',
    file: 'direct.ts',
    from: '  } else if (shared) {\n    return null;\n  }',
    to: '  }',
  },
  {
    rule: 'REQUIRE_COHERENT never bounces',
    file: 'direct.ts',
    from: "isActive(device) && !attributes.has('require_coherent')",
    to: 'isActive(device)',
  },
  {
    rule: 'the page calls refuse DMA_ATTR_MMIO before they look at the mask pointer',
    file: 'map-steps.ts',
    from: "  if (byPage && step.attrs?.includes('mmio') === true) return false;\n",
    to: '',
  },
  {
    rule: 'an unmap with MMIO or REQUIRE_COHERENT looks for no pool',
    file: 'front-end.ts',
    from: " || attributes.has('mmio') || attributes.has('require_coherent');",
    to: ';',
  },
  {
    rule: '7.3: dma_alloc_attrs() refuses DMA_ATTR_CC_SHARED',
    file: 'allocate.ts',
    from: "    if (step.attrs?.includes('cc_shared') === true) return failed;\n",
    to: '',
  },
  {
    rule: '7.3: dma_max_mapping_size() is 0 without a mask pointer',
    file: 'front-end.ts',
    from: '  if (!device.maskPointer && world.machine.platform.profile.maxMappingNeedsMask) return 0;\n',
    to: '',
  },
  {
    rule: '7.3: the largest mapping is bounded where DMA has to be unencrypted',
    file: 'direct.ts',
    from: 'isForceBounce(device) || unencrypted;',
    to: 'isForceBounce(device);',
  },
  {
    rule: 'a NULL pool in a CoCo guest has decrypted coherent memory all the same',
    file: 'allocate.ts',
    from: '  const unencrypted = mustBeUnencrypted(platform, device);\n',
    to: '  const unencrypted = mustBeUnencrypted(platform, device) && device.mem !== null;\n',
  },
];
