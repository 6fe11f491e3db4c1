import type { AnalysisCache, SourceUnit } from '../analysis';
import { createWorkspace } from '../analysis';
import { poolField } from '../kernel/api';
import { everyArm } from '../kernel/config';
import { inventoryCalls } from '../kernel/inventory';
import { listInventory } from '../review';
import type { InventoryResult, Partial } from '../review/types';
import type { CParser } from '../syntax/parser';
import { readFile } from './read';
import type { InventoryRequest, Needs } from './types';

/** Words without which a file holds nothing for the inventory, which lists more calls than the analysis follows. */
export const inventoryTokens: readonly string[] = [...inventoryCalls.keys(), poolField];

/**
 * Lists the calls of each file by itself. `cache` is one of its own: the inventory reads files with no configuration
 * symbol fixed, so that neither arm of an `#if` is left out.
 */
export function takeInventory(
  parser: CParser,
  request: InventoryRequest,
  cache: AnalysisCache,
): InventoryResult | Needs {
  const { files, tree, snapshot } = request;
  const readText = (path: string): string | null | undefined => snapshot.read(path);
  const workspace = createWorkspace(parser, { readText, tree, files, context: [], symbols: everyArm }, cache);
  for (const path of files) workspace.prepare(path);
  if (workspace.missing.size > 0) return { needs: [...workspace.missing] };
  const partial: Partial[] = [];
  const calls = files.flatMap((path) => {
    const listed = readFile(workspace, path, partial, (unit) => {
      partial.push(...brokenFunctions(unit));
      return listInventory(workspace, unit);
    });
    return listed ?? [];
  });
  return workspace.missing.size > 0 ? { needs: [...workspace.missing] } : { version: 1, calls, partial };
}

/** The functions in which the list may lack something. */
function brokenFunctions(unit: SourceUnit): Partial[] {
  const why = 'does not parse as C; only the parts that parse were listed';
  return [...unit.functions.values()]
    .filter((fn) => fn.broken && inventoryTokens.some((token) => fn.words.has(token)))
    .map((fn) => ({ file: unit.path, function: fn.place.name, why }));
}
