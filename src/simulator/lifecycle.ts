import { createIovaDomain } from './iova';
import { print, privateMem, restrictedMem, type Device, type World } from './world';
import type { ContractRule } from './contract';
import type { ChannelFlags, DeviceStep, LifecycleWord } from '../program/types';
import type { IoTlbMem } from './swiotlb';

/**
 * A zeroed `struct device` as `step` sets it up with its VMBus channel, before its lifecycle runs. `busCoherentBits` is the
 * coherent mask that its bus sets.
 */
export function createDevice(step: DeviceStep, channel: ChannelFlags | null, busCoherentBits: number): Device {
  return {
    id: step.id,
    channel,
    confidential: step.confidential ?? channel?.external === true,
    privateDma: step.privateDma ?? false,
    maskPointer: step.maskPointer ?? true,
    dmaParms: step.dmaParms ?? true,
    iommu: step.iommu === true ? createIovaDomain() : null,
    untrusted: step.untrusted ?? false,
    phase: 'zeroed',
    references: 0,
    mem: null,
    transientPools: [],
    usesIoTlb: false,
    mask: step.mask ?? 0,
    coherentMask: step.coherentMask ?? busCoherentBits,
    minAlignMask: 0,
    skipSync: false,
    live: new Set(),
  };
}

/** Records a broken rule that the kernel itself complains about, with its message. */
function complain(world: World, rule: ContractRule, device: Device, message: string): void {
  print(world, message);
  violate(world, rule, device, message);
}

function violate(world: World, rule: ContractRule, device: Device, message: string): void {
  world.contract.push({ rule, device: device.id, message });
}

/** Stores to `dma_io_tlb_mem`. */
function setMem(world: World, device: Device, mem: IoTlbMem | null): void {
  if (device.mem !== mem) {
    for (const mapping of device.live) {
      world.budget.probes--;
      if (mapping.buffers.every((buffer) => buffer.bounce === null)) continue;
      const message = `dma_io_tlb_mem of ${device.id} changes while bounced mapping ${mapping.id} is live: its unmap will find no pool`;
      world.contract.push({ rule: 'pool-changed-while-mapped', device: device.id, mapping: mapping.id, message });
    }
  }
  device.mem = mem;
}

function initialize(world: World, device: Device): void {
  if (device.phase !== 'zeroed') {
    const text = `kobject: kobject (${device.id}): tried to init an initialized object, something is seriously wrong.`;
    complain(world, 'double-initialize', device, text);
  }
  setMem(world, device, world.machine.defaultPool);
  // swiotlb_dev_init() forgets the transient pools of an earlier life.
  device.transientPools = [];
  device.usesIoTlb = false;
  device.phase = 'initialized';
  device.references = 1;
}

function notInitialized(world: World, device: Device, call: string): void {
  const text = `kobject: '${device.id}': is not initialized, yet ${call}() is being called.`;
  complain(world, 'not-initialized', device, text);
}

function add(world: World, device: Device): void {
  if (device.phase === 'zeroed') {
    notInitialized(world, device, 'kobject_get');
  } else if (device.phase === 'added') {
    const text = `kobject: kobject_add_internal failed for ${device.id} with -EEXIST, don't try to register things with the same name in the same directory.`;
    complain(world, 'add-twice', device, text);
  } else {
    device.phase = 'added';
  }
}

function del(world: World, device: Device): void {
  if (device.phase !== 'added') {
    violate(world, 'del-not-added', device, `device_del() of ${device.id}, which is not added`);
    return;
  }
  device.phase = 'initialized';
  if (device.live.size === 0) return;
  const message = `device driver has pending DMA allocations while released from device [count=${device.live.size}]`;
  violate(world, 'leak', device, message);
}

function put(world: World, device: Device): void {
  if (device.phase === 'zeroed') {
    notInitialized(world, device, 'kobject_put');
    return;
  }
  device.references--;
  if (device.references === 0) device.phase = 'released';
}

/** `kfree()` of the object that holds the device. Once initialised it belongs to its references. */
function free(world: World, device: Device): void {
  if (device.phase !== 'zeroed') {
    const message = `kfree() of ${device.id} after device_initialize(): references may be left, put_device() frees it`;
    violate(world, 'freed-after-initialize', device, message);
  }
  device.phase = 'released';
}

function attachRestricted(world: World, device: Device): void {
  if (world.restrictedConfig) {
    setMem(world, device, restrictedMem(world));
    return;
  }
  // of_dma_set_restricted_buffer() only warns: the device silently stays on the pool it had.
  print(world, 'failed to initialise "restricted-dma-pool" memory node');
}

/** `save-pool:<name>` keeps the pool pointer in a variable, `pool=saved:<name>` stores it back. */
function savedPool(world: World, device: Device, word: string): void {
  if (word.startsWith('save-pool:')) world.saved.set(word.slice('save-pool:'.length), device.mem);
  else setMem(world, device, world.saved.get(word.slice('pool=saved:'.length)) ?? null);
}

type Action = (world: World, device: Device) => void;

const actions: Readonly<Partial<Record<LifecycleWord, Action>>> = {
  device_initialize: initialize,
  device_add: add,
  device_register: (world, device) => {
    initialize(world, device);
    add(world, device);
  },
  device_del: del,
  device_unregister: (world, device) => {
    del(world, device);
    put(world, device);
  },
  get_device: (world, device) => {
    if (device.phase === 'zeroed') notInitialized(world, device, 'kobject_get');
    else device.references++;
  },
  put_device: put,
  kfree: free,
  'pool=null': (world, device) => setMem(world, device, null),
  'pool=default': (world, device) => setMem(world, device, world.machine.defaultPool),
  'pool=restricted': attachRestricted,
  'pool=private': (world, device) => setMem(world, device, privateMem(world)),
};

/** Lets `word` happen to `device`. */
export function runLifecycle(world: World, device: Device, word: LifecycleWord): void {
  if (word === 'zeroed') {
    device.phase = 'zeroed';
    setMem(world, device, null);
    return;
  }
  if (device.phase === 'released') {
    violate(world, 'used-after-free', device, `${word} on ${device.id}, whose object was freed`);
  }
  const action = actions[word];
  if (action === undefined) savedPool(world, device, word);
  else action(world, device);
}
