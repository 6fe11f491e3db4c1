import { exposedBytes } from './memory';
import type { ContractRule } from './contract';
import type { Device, World } from './world';
import type { StepResult } from '../program/types';

/** The device of a valid program's step. */
export function deviceOf(world: World, id: string): Device {
  const device = world.devices.get(id);
  if (device === undefined) throw new Error(`no device ${id}: the program was not validated`);
  return device;
}

/** What steps that exist to move data always tell. */
export function exposure(world: World): Pick<StepResult, 'exposedBytes' | 'messages'> {
  return { exposedBytes: exposedBytes(world.memory), messages: world.messages };
}

/** What the other steps tell: messages if there are any. */
export function quiet(world: World): Pick<StepResult, 'messages'> {
  return world.messages.length > 0 ? { messages: world.messages } : {};
}

/** Records that the step broke an API rule. */
export function violate(world: World, rule: ContractRule, device: Device, mapping: string, message: string): void {
  world.contract.push({ rule, device: device.id, mapping, message });
}
