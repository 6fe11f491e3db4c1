import type { Expr, FileAnalysis, FunctionUnit, Site, Workspace } from '../../../analysis';
import { expressionsOf, partsOf, siteIn, statementsOf } from '../../../analysis';
import { globalOperations } from '../../../kernel/api';
import type { Observation, ObservationRule } from '../../observation';

/** Code that owns the operations: the architecture chooses them at boot. */
const owners = /(?:^|\/)(?:arch|kernel\/dma)\//;

/** The DMA operations of all devices are replaced, and an operation casts every device as one of its own bus. */
export const globalDmaOps: ObservationRule = {
  kind: 'file',
  id: 'global-dma-ops',
  title: 'The DMA operations of all devices are replaced',
  level: 'hint',
  basis: 'seen',
  tiers: ['certain'],
  words: [globalOperations],
  find(file, workspace) {
    const stores = globalStores(file);
    return [
      ...stores.map(({ site }): Observation => ({
        site,
        device: { expression: globalOperations, type: 'struct device' },
        message: 'the DMA operations of all devices are replaced; use a property of the device',
        remark: 'replaces the operations of all devices',
      })),
      ...stores.flatMap(({ table }) => (table === null ? [] : foreignCasts(file, table, workspace))),
    ];
  },
};

/** The stores to the global pointer in a file that is not the architecture's, with the table that is stored. */
export function globalStores({ unit }: FileAnalysis): { site: Site; table: string | null }[] {
  if (owners.test(unit.path)) return [];
  return [...statementsOf(unit, [globalOperations])].flatMap(({ fn, op, site }) => {
    if (op.k !== 'assign' || op.to.k !== 'name' || op.to.name !== globalOperations) return [];
    if (fn.ir().variables.has(globalOperations)) return [];
    const { value } = op;
    return [{ site, table: value.k === 'address' && value.of.k === 'name' ? value.of.name : null }];
  });
}

/** Where the functions of a table cast their device, which may be on any bus. */
function foreignCasts({ unit }: FileAnalysis, table: string, workspace: Workspace): Observation[] {
  const members = [...unit.tables].filter(([key]) => key.startsWith(`${table}.`)).map(([, name]) => name);
  return [...new Set(members)].flatMap((name) =>
    (unit.alternatives.get(name) ?? []).flatMap((fn) =>
      castsOf(fn, workspace).map((site) => ({
        site,
        device: { expression: fn.ir().parameters[0]?.name ?? '?', type: 'struct device' },
        message: `${name}() gets devices of every bus but casts each as one of its own`,
        remark: 'casts a device that may be on another bus',
      })),
    ),
  );
}

/** Where a function casts its device parameter to the structure around it, directly or in a one-line helper. */
function castsOf(fn: FunctionUnit, workspace: Workspace): Site[] {
  const device = fn.ir().parameters[0]?.name;
  const isDevice = (expr: Expr | undefined): boolean =>
    expr?.k === 'load' && expr.from.k === 'name' && expr.from.name === device;
  const sites: Site[] = [];
  for (const { ops } of fn.ir().blocks) {
    for (const op of ops) {
      for (const expr of expressionsOf(op).flatMap((each) => [...partsOf(each)]))
        if (expr.k === 'container' && isDevice(expr.of)) sites.push(siteIn(fn, expr.at));
      if (op.k !== 'call' || typeof op.callee !== 'string' || !isDevice(op.args[0])) continue;
      const casts = workspace.callees(op.callee, fn.place).some((callee) => returnsCast(callee));
      if (casts) sites.push(siteIn(fn, op.at));
    }
  }
  return sites;
}

/** True for `return container_of(parameter, …)`. */
function returnsCast({ ir }: { ir: ReturnType<FunctionUnit['ir']> }): boolean {
  return ir.blocks.some(({ end }) => end.k === 'return' && end.value?.k === 'container');
}
