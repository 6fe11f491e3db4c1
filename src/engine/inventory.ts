import type { AnalysisCache, SourceUnit } from '../analysis';
import { createWorkspace } from '../analysis';
import { poolField } from '../kernel/api';
import { everyArm } from '../kernel/config';
import { inventoryCalls } from '../kernel/inventory';
import { candidateTokens, listInventory } from '../review';
import type { InventoryResult, Partial } from '../review/types';
import type { CParser } from '../syntax/parser';
import { readFile } from './read';
import type { InventoryRequest, Needs } from './types';

/** A file without any of these words has nothing for the inventory, which lists more calls than the analysis models. */
export const inventoryTokens: readonly string[] = [...inventoryCalls.keys(), poolField];

/**
 * Lists the calls of each file separately. It needs its own `cache`, because no configuration symbol is fixed here, so that
 * both arms of every `#if` are read.
 */
export function takeInventory(
  parser: CParser,
  request: InventoryRequest,
  cache: AnalysisCache,
): InventoryResult | Needs {
  const { files, tree, snapshot } = request;
  const readText = (path: string): string | null | undefined => snapshot.read(path);
  const scope = { readText, tree, files, context: [], candidateTokens, symbols: everyArm };
  const workspace = createWorkspace(parser, scope, cache);
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

/** The functions whose list may be incomplete. */
function brokenFunctions(unit: SourceUnit): Partial[] {
  const why = 'does not parse as C; the readable part is listed';
  return [...unit.functions.values()]
    .filter((fn) => fn.broken && inventoryTokens.some((token) => fn.words.has(token)))
    .map((fn) => ({ file: unit.path, function: fn.place.name, why }));
}
