import { print, restrictedPool, type Device, type World } from './world';
import type { ContractRule } from './contract';
import type { DeviceStep, LifecycleWord } from '../program/types';
import type { IoTlbMem } from './swiotlb';

/** A zeroed `struct device` as `step` sets it up, before its lifecycle runs. */
export function createDevice(step: DeviceStep): Device {
  return {
    id: step.id,
    confidential: step.channel?.external === true,
    maskPointer: step.maskPointer ?? true,
    dmaParms: step.dmaParms ?? true,
    phase: 'zeroed',
    pool: null,
    mask: step.mask ?? 0,
    coherentMask: step.coherentMask ?? 0,
    minAlignMask: 0,
    skipSync: false,
  };
}

function violate(world: World, rule: ContractRule, device: Device, message: string): void {
  world.contract.push({ rule, device: device.id, message });
}

function setPool(world: World, device: Device, pool: IoTlbMem | null): void {
  if (device.pool !== pool) {
    const bounced = [...world.mappings.values()].filter(
      (mapping) =>
        mapping.live &&
        mapping.device === device &&
        mapping.buffers.some((buffer) => buffer.pool !== pool && buffer.bounced),
    );
    for (const mapping of bounced) {
      world.contract.push({
        rule: 'pool-changed-while-mapped',
        device: device.id,
        mapping: mapping.id,
        message: `dma_io_tlb_mem of ${device.id} changes while bounced mapping ${mapping.id} is live: its unmap will find no pool`,
      });
    }
  }
  device.pool = pool;
}

function deviceInitialize(world: World, device: Device): void {
  if (device.phase !== 'zeroed') {
    const text = `kobject: '${device.id}': tried to init an initialized object, something is seriously wrong.`;
    print(world, text);
    violate(world, 'double-initialize', device, text);
  }
  setPool(world, device, world.machine.defaultPool);
  device.phase = 'initialized';
}

function deviceAdd(world: World, device: Device): void {
  if (device.phase === 'zeroed') {
    const text = `kobject: '${device.id}': is not initialized, yet kobject_get() is being called.`;
    print(world, text);
    violate(world, 'add-uninitialized', device, text);
    return;
  }
  if (device.phase === 'added') {
    const text = `kobject_add_internal failed for ${device.id} with -EEXIST, don't try to register things with the same name in the same directory.`;
    print(world, text);
    violate(world, 'add-twice', device, text);
    return;
  }
  device.phase = 'added';
}

function attachRestricted(world: World, device: Device): void {
  if (world.restrictedConfig) {
    setPool(world, device, restrictedPool(world));
    return;
  }
  // of_dma_set_restricted_buffer() only warns: the device silently stays on the pool it had.
  print(world, 'failed to initialise "restricted-dma-pool" memory node');
}

/** Lets `word` happen to `device`. */
export function runLifecycle(world: World, device: Device, word: LifecycleWord): void {
  switch (word) {
    case 'zeroed':
      device.phase = 'zeroed';
      setPool(world, device, null);
      return;
    case 'device_initialize':
      deviceInitialize(world, device);
      return;
    case 'device_add':
      deviceAdd(world, device);
      return;
    case 'device_register':
      deviceInitialize(world, device);
      deviceAdd(world, device);
      return;
    case 'pool=null':
      setPool(world, device, null);
      return;
    case 'pool=default':
      setPool(world, device, world.machine.defaultPool);
      return;
    case 'pool=restricted':
      attachRestricted(world, device);
      return;
    default:
      savedPool(world, device, word);
  }
}

/** `save-pool:<name>` keeps the pool pointer in a variable, `pool=saved:<name>` stores it back. */
function savedPool(world: World, device: Device, word: `pool=saved:${string}` | `save-pool:${string}`): void {
  if (word.startsWith('save-pool:')) world.saved.set(word.slice('save-pool:'.length), device.pool);
  else setPool(world, device, world.saved.get(word.slice('pool=saved:'.length)) ?? null);
}
