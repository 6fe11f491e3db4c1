import type { LifecycleWord, Step } from './types';

/** The names that earlier steps made. */
export interface Names {
  readonly devices: Set<string>;
  /** Mapping name to whether it is a scatterlist. */
  readonly mappings: Map<string, 'page' | 'sg'>;
  readonly allocations: Set<string>;
  readonly savedPools: Set<string>;
}

export function createNames(): Names {
  return { devices: new Set(), mappings: new Map(), allocations: new Set(), savedPools: new Set() };
}

function useDevice(names: Names, device: string): string | null {
  return names.devices.has(device) ? null : `no earlier step makes device "${device}"; add a device step before it`;
}

function useMapping(names: Names, mapping: string, kind: 'page' | 'sg'): string | null {
  const made = names.mappings.get(mapping);
  if (made === undefined) return `no earlier step makes mapping "${mapping}"; map it before`;
  if (made === kind) return null;
  return kind === 'page'
    ? `"${mapping}" is a scatterlist; use dma_unmap_sg`
    : `"${mapping}" is one page; use dma_unmap_page`;
}

function makeMapping(names: Names, mapping: string, kind: 'page' | 'sg'): string | null {
  if (names.mappings.has(mapping)) return `mapping "${mapping}" exists already; give this one another id`;
  names.mappings.set(mapping, kind);
  return null;
}

function followWords(names: Names, words: readonly LifecycleWord[]): string | null {
  for (const word of words) {
    if (word.startsWith('save-pool:')) names.savedPools.add(word.slice('save-pool:'.length));
    if (!word.startsWith('pool=saved:')) continue;
    const name = word.slice('pool=saved:'.length);
    if (!names.savedPools.has(name)) return `no pool was saved as "${name}"; use save-pool:${name} before`;
  }
  return null;
}

/**
 * What is wrong with the names that `step` uses or makes, or null. Call it on each step in turn; it adds what the step makes.
 */
export function followNames(names: Names, step: Step): string | null {
  switch (step.op) {
    case 'device':
      if (names.devices.has(step.id)) return `device "${step.id}" exists already; give this one another id`;
      if (step.channel?.external === true && !step.channel.ring) {
        return 'channel has external memory but no confidential ring; the kernel rejects such an offer, set ring to true';
      }
      names.devices.add(step.id);
      return followWords(names, step.lifecycle);
    case 'lifecycle':
      return useDevice(names, step.device) ?? followWords(names, [step.do]);
    case 'dma_map_page':
      return useDevice(names, step.device) ?? makeMapping(names, step.id, 'page');
    case 'dma_map_sg':
      return useDevice(names, step.device) ?? makeMapping(names, step.id, 'sg');
    case 'dma_unmap_page':
      return useMapping(names, step.mapping, 'page');
    case 'dma_unmap_sg':
      return useMapping(names, step.mapping, 'sg');
    case 'dma_alloc_coherent':
      if (names.allocations.has(step.id)) return `allocation "${step.id}" exists already; give this one another id`;
      names.allocations.add(step.id);
      return useDevice(names, step.device);
    case 'dma_free_coherent':
      if (names.allocations.has(step.allocation)) return null;
      return `no earlier step makes allocation "${step.allocation}"; allocate it before`;
    default:
      return useDevice(names, step.device);
  }
}
