import type { SourceUnit, FunctionUnit } from '../source/types';
import type { Site } from '../ir/places';
import { poolField } from '../../kernel/api';
import type { Op, LValue } from '../ir/ir';

/** Every store to a device's pool pointer in the text of a file, in every configuration, whether a path reaches it or not. */
export function poolStoresOf(unit: SourceUnit): { site: Site; expression: string }[] {
  const storing = [...unit.macros.values()]
    .filter((macro) => macro.words.has(poolField))
    .map((macro) => macro.place.name);
  const stores: { site: Site; expression: string }[] = [];
  for (const fn of [...unit.alternatives.values()].flat()) {
    if (!fn.words.has(poolField) && !storing.some((name) => fn.words.has(name))) continue;
    for (const block of fn.ir().blocks) {
      for (const op of block.ops) {
        if (!isPoolStore(op, fn, unit) && !isStoringMacro(unit, op)) continue;
        const text = fn.text.slice(op.at.start, op.at.end);
        const expression = text.split(/\s*(?:->|\.)\s*dma_io_tlb_mem\b/)[0] ?? text;
        stores.push({ site: { in: fn.place, start: op.at.start, end: op.at.end }, expression });
      }
    }
  }
  return stores;
}

/** True for a store to a device's pool pointer; another structure of the same file may have a member of that name. */
export function isPoolStore(op: Op, fn: FunctionUnit, unit: SourceUnit): boolean {
  if (op.k !== 'assign' || op.to.k !== 'field' || op.to.name !== poolField) return false;
  const owner = ownerOf(op.to.base, fn);
  return owner === null || !unit.structs.get(owner)?.has(poolField);
}

/** The structure that a path through one pointer or variable names, or null. */
function ownerOf(base: LValue, fn: FunctionUnit): string | null {
  const name = base.k === 'deref' && base.pointer.k === 'load' ? base.pointer.from : base;
  return name.k === 'name' ? (fn.ir().variables.get(name.name)?.name ?? null) : null;
}

function isStoringMacro(unit: SourceUnit, op: Op): boolean {
  const macro = op.k === 'call' && typeof op.callee === 'string' ? unit.macros.get(op.callee) : undefined;
  return macro?.ir().blocks.some((block) => block.ops.some((inner) => isPoolStore(inner, macro, unit))) ?? false;
}
