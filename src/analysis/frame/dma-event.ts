import type { ApiEffect } from '../../kernel/api';
import type { deviceEventHead } from './device';
import type { Value } from '../domain/values';
import type { DeviceEvent } from '../domain/events';

/** The device event of a streaming or coherent DMA call. */
export function dmaEvent(
  effect: ApiEffect & { kind: 'map' | 'unmap' | 'alloc' },
  head: ReturnType<typeof deviceEventHead>,
  args: readonly Value[],
  pointer: Value,
): DeviceEvent {
  const at = (index: number | undefined): Value | null => (index === undefined ? null : (args[index] ?? null));
  const size = effect.kind === 'unmap' ? null : effect.kind === 'alloc' ? at(effect.size) : at(effect.size);
  const offset = effect.kind === 'map' ? at(effect.offset) : null;
  const direction = effect.kind === 'map' ? at(effect.direction) : null;
  const gfp = effect.kind === 'alloc' ? at(effect.gfp) : null;
  return { ...head, k: effect.kind, effect, size, offset, direction, gfp, pointer };
}
