import type { InventoryItem, SourceUnit, Workspace } from '../analysis';
import { inventoryOf } from '../analysis';
import { createLocator } from './locate';
import type { InventoryEntry } from './types';

/** The inventory of one file, in text order. A device without a known type has the type `unknown`. */
export function listInventory(workspace: Workspace, unit: SourceUnit): InventoryEntry[] {
  const locator = createLocator(workspace);
  return inventoryOf(workspace, unit).map(({ kind, name, site, device }: InventoryItem) => ({
    kind,
    name,
    file: site.in.file,
    ...locator.range(site).start,
    function: site.in.name,
    device: device && { expression: device.expression, type: device.type ?? 'unknown' },
  }));
}
