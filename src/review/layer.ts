import type { DevicePath, FileAnalysis, Site } from '../analysis';
import type { BusType } from '../kernel/trust';
import type { Layer } from '../kernel/layers';
import { nullPoolDirect, type Dependence } from '../kernel/layers';
import type { Group } from './group';
import { clearedBefore } from './group';
import type { JudgeContext } from './judge';
import { judge } from './judge';
import { samePlace, visibleSite } from './locate';
import type { DeviceReport } from './types';

/** The layer that a file's code on devices of a bus is at, of any bus where none is known; null for headers, which serve all. */
export type Layers = (file: string, bus: BusType | null) => Layer | null;

/** Code that the DMA API is made of, and the device core. */
const core = /(?:^|\/)(?:kernel\/dma|drivers\/base)\//;

/** Tells layers by what the files do: who registers devices of a bus, or lies where the bus does and drives none, is the bus. */
export function layersOf(files: readonly FileAnalysis[], buses: readonly BusType[]): Layers {
  const byPath = new Map(files.map((file) => [file.unit.path, file]));
  return (path, bus) => {
    if (core.test(path)) return 'core';
    if (path.endsWith('.h')) return null;
    const file = byPath.get(path);
    const own = file?.registrations ?? [];
    if (own.some((registered) => bus === null || registered.bus?.bus === bus.bus)) return 'bus';
    const drives = (file?.unit.deviceIds.length ?? 0) > 0;
    const homes = (bus ? [bus] : buses).flatMap(({ home }) => home ?? []);
    return !drives && homes.some((home) => `/${path}`.includes(`/${home}/`)) ? 'bus' : 'driver';
  };
}

/** The layer at which a path's subject, or the statement to change, stands: who registers the device is its bus. */
export function layerOn(path: DevicePath, at: Site, layers: Layers): Layer | null {
  const registers = path.events.some(
    (event) => event.k === 'lifecycle' && event.word === 'device_add' && event.device.key === path.device.key,
  );
  const layer = layers(at.in.file, path.bus);
  return registers && layer !== 'core' ? 'bus' : layer;
}

/**
 * The stores of NULL that make the DMA of a confidential device direct, and its maps fail on `next`: what the run of the
 * same path there shows. None where `next` is what is run.
 */
export function reliedStores({ paths }: Group, context: JudgeContext): Site[] {
  if (context.kernel === '7.3') return [];
  return paths.flatMap(({ path, exposing }) => {
    const store = clearedBefore(path);
    return store && !exposing && failsOnNext(path, context) ? [visibleSite(store)] : [];
  });
}

/** What a device that is protected rests on, beside its bus or its driver; null for nothing that a later kernel rejects. */
export function dependenceOf({ paths }: Group, context: JudgeContext): Dependence | null {
  if (context.kernel === '7.3') return null;
  return paths.some(({ path }) => failsOnNext(path, context)) ? nullPoolDirect : null;
}

/** What some device rests on after a change of the code, and no device of that name did before. */
export function newDependence(before: readonly DeviceReport[], after: readonly DeviceReport[]): Dependence | undefined {
  const name = (device: DeviceReport): string => `${device.file}:${device.function}:${device.expression}`;
  const known = new Set(before.filter(({ dependsOn }) => dependsOn).map(name));
  return after.find((device) => device.dependsOn && !known.has(name(device)))?.dependsOn;
}

function failsOnNext(path: DevicePath, context: JudgeContext): boolean {
  return judge(path, { ...context, kernel: '7.3' }).failing !== null;
}

/** True for a place among others. */
export function isAmong(site: Site, sites: readonly Site[]): boolean {
  return sites.some((other) => samePlace(site, other));
}
