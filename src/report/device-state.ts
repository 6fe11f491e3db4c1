import type { DmaProgram, Place, Step } from '../program/types';

/** The state of a device at one point of a program: `pool: default`. */
export type DeviceState = Readonly<Record<string, string>>;

function afterWord(state: DeviceState, word: string): DeviceState {
  if (word === 'zeroed') return { ...state, phase: 'zeroed', pool: 'null' };
  if (word === 'device_initialize') return { ...state, phase: 'initialized', pool: 'default' };
  if (word === 'device_add') return { ...state, phase: 'added' };
  if (word === 'device_register') return { ...state, phase: 'added', pool: 'default' };
  return word.startsWith('pool=') ? { ...state, pool: word.slice('pool='.length) } : state;
}

function afterStep(state: DeviceState, step: Step): DeviceState {
  switch (step.op) {
    case 'device':
      return step.lifecycle.reduce(afterWord, { phase: 'zeroed', pool: 'null', ...state });
    case 'lifecycle':
      return afterWord(state, step.do);
    case 'dma_set_mask':
      return { ...state, 'streaming mask': `${step.bits} bits` };
    case 'dma_set_coherent_mask':
      return { ...state, 'coherent mask': `${step.bits} bits` };
    case 'dma_set_mask_and_coherent':
      return { ...state, 'streaming mask': `${step.bits} bits`, 'coherent mask': `${step.bits} bits` };
    default:
      return state;
  }
}

/** The state of a program's device after each of some places, which are in execution order. */
export function statesAt({ steps }: DmaProgram, places: readonly Place[]): DeviceState[] {
  let state: DeviceState = {};
  let done = 0;
  return places.map(({ file, line, column }) => {
    const last = steps.findLastIndex(({ at }) => at?.file === file && at.line === line && at.column === column);
    for (; done <= last; done++) {
      const step = steps[done];
      if (step) state = afterStep(state, step);
    }
    return state;
  });
}
