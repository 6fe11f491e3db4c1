import type { ApiEffect } from '../../kernel/api';
import { maskStores } from '../../kernel/api';
import { decided, lowerBoundOf } from '../domain/path-condition';
import { followMembers, typeOfLoc } from '../frame/device';
import { evaluate } from '../frame/evaluate';
import { interpretPoints } from '../interpret/interpret';
import type { Op } from '../ir/ir';
import { siteId } from '../frame/record';
import type { State } from '../domain/state';
import type { Loc, Value } from '../domain/values';
import { callResult, deref, field, isInside, maskBits } from '../domain/values';
import type { Frame, Resolver } from '../frame/frame';
import type { FunctionUnit } from '../source/types';
import { calleeOf } from '../source/types';

type MaskEffect = ApiEffect & { readonly kind: 'mask' };

/** A mask that a call sets, in one state before the call. */
export interface MaskUse {
  readonly device: Loc;
  readonly mask: Value;
  /** Lower bound of its width in bits; null if unknown. */
  readonly bits: number | null;
  /** Which of the device's own masks is set again. */
  readonly own: 'streaming' | 'coherent' | null;
  /** True for another mask call of the function that is known to have failed in this state. */
  readonly failed: (op: Op & { k: 'call' }, effect: MaskEffect) => boolean;
}

/** The masks that a call of the function sets; none if it is unreachable. */
export type MaskReader = (op: Op & { k: 'call' }, effect: MaskEffect) => readonly MaskUse[];

/** Interprets a function; the result returns the masks that its calls set. */
export function masksIn(fn: FunctionUnit, resolver: Resolver): MaskReader {
  const { frame, points } = interpretPoints(calleeOf(fn), resolver);
  return (op, effect) => {
    const states = points.find(({ at }) => at === op.at)?.before ?? [];
    return states.flatMap((state) => useIn(frame, state, op, effect) ?? []);
  };
}

function useIn(frame: Frame, state: State, op: Op & { k: 'call' }, effect: MaskEffect): MaskUse | null {
  const [pointer, bits] = [op.args[effect.device.argument], op.args[effect.bits]];
  if (!pointer || !bits) return null;
  const device = deref(followMembers(state, evaluate(frame, state, pointer), effect.device.path ?? []));
  const mask = evaluate(frame, state, bits);
  const width = mask.k === 'mask' ? lowerBoundOf(state.pathCondition, mask.bits) : maskBits(mask);
  const failed: MaskUse['failed'] = (other, { name }) =>
    decided(state.pathCondition, callResult(name, [], siteId(other.at))) === true;
  return { device, mask, bits: width, own: ownMask(frame, device, mask), failed };
}

/** The device's own mask that a value was read from: `*dev->dma_mask`, or the member it points to, or `coherent_dma_mask`. */
function ownMask(frame: Frame, device: Loc, mask: Value): MaskUse['own'] {
  if (mask.k === 'call') return mask.name === 'dma_get_mask' ? 'streaming' : null;
  if (mask.k !== 'init') return null;
  const { at } = mask;
  if (at.k === 'deref') return at.pointer.key === field(device, 'dma_mask').key ? 'streaming' : null;
  if (at.k !== 'field') return null;
  if (at.base.key === device.key) return at.name === 'coherent_dma_mask' ? 'coherent' : null;
  const store = maskStores.get(typeOfLoc(frame, at.base)?.name ?? '');
  return store === at.name && isInside(device, at.base) ? 'streaming' : null;
}
