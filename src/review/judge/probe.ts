import type { DevicePath } from '../../analysis';
import type { DmaProgram, Step, StepResult } from '../../program/types';
import { scenariosFor, simulate } from '../../simulator';
import { isFeasible, mayBeConfidential } from './judge';
import { buildProgram, type DeviceTrust } from './program';
import type { JudgeContext } from './context';

/** What a driver that uses the device now would see, on the first CoCo platform of its bus. */
export interface Probe {
  readonly streaming: string;
  readonly coherent: string;
  /** The outcome of the same map on Linux 7.3 if it differs; else null. */
  readonly next: string | null;
}

/** Runs the path, then a map and a coherent allocation, on the first CoCo platform of the device's bus. */
export function probe(path: DevicePath, context: JudgeContext): Probe {
  const streaming = streamingText(runLast(path, context, []));
  const next = streamingText(runLast(path, { ...context, kernel: '7.3' }, []));
  const coherent = runLast(path, context, [
    { op: 'dma_alloc_coherent', id: 'c0', device: 'd0', size: 4096, gfp: 'kernel' },
  ]);
  return { streaming, coherent: coherentText(coherent), next: next === streaming ? null : next };
}

function runLast(path: DevicePath, context: JudgeContext, more: readonly Step[]): StepResult | undefined {
  const vmbus = path.bus?.bus === 'vmbus';
  const [scenario] = scenariosFor({ kernel: context.kernel, bus: vmbus ? 'vmbus' : 'other' });
  if (!scenario) return undefined;
  const confidential: DeviceTrust = { ring: true, external: true, ...(path.bus?.trust && { accepted: true }) };
  const other = path.bus?.trust ? null : { ring: false, external: false };
  const deviceTrust = isFeasible(path, scenario.machine.coco, confidential) ? confidential : other;
  const { program } = buildProgram(path, {
    scenario,
    deviceTrust: mayBeConfidential(path.bus, context) ? deviceTrust : null,
    registration: context.registration,
    when: [],
    placeOf: context.placeOf,
  });
  const longer: DmaProgram = { ...program, steps: [...program.steps, ...more] };
  return simulate(longer).steps.at(-1)?.result;
}

function streamingText(result: StepResult | undefined): string {
  switch (result?.result) {
    case 'bounced':
      return 'bounced through decrypted memory';
    case 'direct':
      return 'direct to private memory';
    default:
      return 'the map fails: WARN, DMA_MAPPING_ERROR';
  }
}

function coherentText(result: StepResult | undefined): string {
  switch (result?.result) {
    case 'shared':
      return 'decrypted, shared';
    case 'private':
      return 'private';
    case 'oops':
      return 'oops: NULL pointer dereference';
    default:
      return 'fails: the coherent mask is 0';
  }
}
