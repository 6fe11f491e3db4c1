import type { InventoryEntry, InventoryResult } from '../review/types';
import type { Painter } from './style';
import { displayWidth, printable } from './width';
import { count } from './wording';

/** The inventory as JSON: the result itself. */
export function inventoryJson(result: InventoryResult): string {
  return `${JSON.stringify(result, null, 2)}\n`;
}

/** The inventory as text: one table per file, the totals, and what could not be listed. */
export function inventoryText(result: InventoryResult, paint: Painter): string {
  const files = new Map<string, InventoryEntry[]>();
  for (const call of result.calls) files.set(call.file, [...(files.get(call.file) ?? []), call]);
  const tables = [...files].map(
    ([file, calls]) => `${paint('strong', printable(file))}\n${drawTable(calls, paint).join('\n')}\n`,
  );
  const partial = result.partial.map(({ file, function: name, why }) =>
    printable(name === null ? `${file}: not listed: ${why}` : `${file}: ${name}() not fully listed: ${why}`),
  );
  return `${[...tables, [drawTotals(result.calls, files.size), ...partial].join('\n')].join('\n')}\n`;
}

function drawTable(calls: readonly InventoryEntry[], paint: Painter): string[] {
  const rows = calls.map(({ line, column, kind, name, device, function: within }) =>
    [`${line}:${column}`, kind, name, device?.expression ?? '', device?.type ?? '', within].map(printable),
  );
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => displayWidth(row[i] ?? ''))));
  const padding = (text: string, i: number): string => ' '.repeat((widths[i] ?? 0) - displayWidth(text));
  return rows.map((row) => {
    const [place = '', ...cells] = row.map((text, i) => (i === 0 ? padding(text, i) + text : text + padding(text, i)));
    return `  ${paint('gutter', place)}  ${cells.join('  ').trimEnd()}`;
  });
}

/** `12 calls in 2 files: 1 register, 11 map`. */
function drawTotals(calls: readonly InventoryEntry[], files: number): string {
  const kinds = new Map<string, number>();
  for (const { kind } of calls) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  const parts = [...kinds].map(([kind, number]) => `${number} ${kind}`);
  return `${count(calls.length, 'call')} in ${count(files, 'file')}${parts.length > 0 ? `: ${parts.join(', ')}` : ''}`;
}
