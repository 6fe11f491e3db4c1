import type { DevicePath, FileAnalysis, Site } from '../analysis';
import type { BusType } from '../kernel/trust';
import type { Layer } from '../kernel/layers';
import { samePlace } from './locate';

/** The layer of a file's code for devices of a bus, or of any bus if it is unknown; null for headers, which serve all layers. */
export type Layers = (file: string, bus: BusType | null) => Layer | null;

/** The DMA core and the driver core. */
const core = /(?:^|\/)(?:kernel\/dma|drivers\/base)\//;

/** Finds layers by what the files do: code that registers devices of a bus, or lies in its folder and drives none, is the bus. */
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

/** The layer of a path's subject, or of the statement to change: code that registers the device is its bus. */
export function layerOn(path: DevicePath, at: Site, layers: Layers): Layer | null {
  const registers = path.events.some(
    (event) => event.k === 'lifecycle' && event.word === 'device_add' && event.device.key === path.device.key,
  );
  const layer = layers(at.in.file, path.bus);
  return registers && layer !== 'core' ? 'bus' : layer;
}

/** True for a place among others. */
export function isAmong(site: Site, sites: readonly Site[]): boolean {
  return sites.some((other) => samePlace(site, other));
}
