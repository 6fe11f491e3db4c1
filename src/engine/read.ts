import type { SourceUnit, Workspace } from '../analysis';
import type { Partial } from '../review/types';

/**
 * What `read` makes of a file, or null where there is nothing to read; why is added to `partial`. A file that breaks the
 * analysis loses only itself.
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
    const why = `the analysis failed (${error instanceof Error ? error.message : String(error)}); please report it`;
    partial.push({ file: path, function: null, why });
    return null;
  }
}
