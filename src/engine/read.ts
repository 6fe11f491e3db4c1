import type { SourceUnit, Workspace } from '../analysis';
import type { Partial } from '../review/types';

/**
 * Applies `read` to a file. Returns null if the file cannot be read, and adds the reason to `partial`. A file that breaks the
 * analysis does not affect other files.
 */
export function readFile<T>(
  workspace: Workspace,
  path: string,
  partial: Partial[],
  read: (unit: SourceUnit) => T,
): T | null {
  try {
    const unit = workspace.unit(path);
    if (!unit) return null;
    if (unit.broken && unit.functions.size === 0 && unit.structs.size === 0) {
      partial.push({ file: path, function: null, why: 'does not parse as C' });
      return null;
    }
    return read(unit);
  } catch (error) {
    const why = `internal error, please report it: ${error instanceof Error ? error.message : String(error)}`;
    partial.push({ file: path, function: null, why });
    return null;
  }
}
