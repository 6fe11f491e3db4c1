import type { DevicePath, Site } from '../analysis';
import type { JudgeContext } from './judge/context';
import { judge } from './judge/judge';
import type { Group } from './group';
import { clearedBefore } from './group';
import { visibleSite } from './locate';
import type { Dependence } from '../kernel/layers';
import { nullPoolDirect } from '../kernel/layers';
import type { DeviceReport } from './types';

/**
 * The stores of NULL that make a confidential device's DMA direct on this kernel and its maps fail on Linux 7.3, as a run of
 * the same path shows. Empty on Linux 7.3 itself.
 */
export function reliedStores({ paths }: Group, context: JudgeContext): Site[] {
  if (context.kernel === '7.3') return [];
  return paths.flatMap(({ path, exposing }) => {
    const store = clearedBefore(path);
    return store && !exposing && failsOnNext(path, context) ? [visibleSite(store)] : [];
  });
}

/** What the protection of a device depends on that a later kernel rejects, or null. */
export function dependenceOf({ paths }: Group, context: JudgeContext): Dependence | null {
  if (context.kernel === '7.3') return null;
  return paths.some(({ path }) => failsOnNext(path, context)) ? nullPoolDirect : null;
}

/** What a device depends on after a change of the code and did not depend on before. */
export function newDependence(before: readonly DeviceReport[], after: readonly DeviceReport[]): Dependence | undefined {
  const name = (device: DeviceReport): string => `${device.file}:${device.function}:${device.expression}`;
  const known = new Set(before.filter(({ dependsOn }) => dependsOn).map(name));
  return after.find((device) => device.dependsOn && !known.has(name(device)))?.dependsOn;
}

function failsOnNext(path: DevicePath, context: JudgeContext): boolean {
  return judge(path, { ...context, kernel: '7.3' }).failing !== null;
}
