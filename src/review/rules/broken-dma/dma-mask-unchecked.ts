import type { FileAnalysis, FunctionUnit, MaskReader, MaskUse, Op, Statement, Workspace } from '../../../analysis';
import { maskBits, masksIn, statementsOf } from '../../../analysis';
import type { ApiEffect } from '../../../kernel/api';
import { apiEffects } from '../../../kernel/api';
import type { Observation, ObservationRule } from '../../observation';

type MaskEffect = ApiEffect & { kind: 'mask' };

const maskEffects: ReadonlyMap<string, MaskEffect> = new Map(
  [...apiEffects].flatMap(([name, effect]) => (effect.kind === 'mask' ? [[name, effect] as const] : [])),
);

/** `dma_direct_supported()` accepts any mask of at least this many bits. */
const alwaysAccepted = 32;

/** The result of a mask call is ignored: if it fails, the device keeps the mask that it had. */
export const dmaMaskUnchecked: ObservationRule = {
  kind: 'file',
  id: 'dma-mask-unchecked',
  title: 'The result of a DMA mask call is ignored',
  level: 'warning',
  basis: 'seen',
  tiers: ['certain'],
  find(file, workspace) {
    const calls = [...statementsOf(file.unit, maskEffects.keys())].flatMap(maskCall);
    const readers = new Map<FunctionUnit, MaskReader>();
    return calls
      .filter(({ op }) => op.discarded)
      .flatMap((call) => observed(call, calls, readerOf(readers, call.fn, workspace), file));
  },
};

interface MaskCall extends Statement {
  readonly op: Op & { k: 'call' };
  readonly effect: MaskEffect;
}

function maskCall(statement: Statement): MaskCall[] {
  const { op } = statement;
  const effect = op.k === 'call' && typeof op.callee === 'string' ? maskEffects.get(op.callee) : undefined;
  return op.k === 'call' && effect ? [{ ...statement, op, effect }] : [];
}

function readerOf(known: Map<FunctionUnit, MaskReader>, fn: FunctionUnit, workspace: Workspace): MaskReader {
  let reader = known.get(fn);
  if (!reader) known.set(fn, (reader = masksIn(fn, workspace)));
  return reader;
}

function observed(
  call: MaskCall,
  calls: readonly MaskCall[],
  masksOf: MaskReader,
  { unit }: FileAnalysis,
): Observation[] {
  const { fn, op, site, effect } = call;
  const masks = masksOf(op, effect);
  // code that no path reaches does nothing, and the file may define a function of that name itself
  if (masks.every((use) => isPutBack(use, effect)) || unit.functions.has(effect.name)) return [];
  const others = calls.filter((other) => other.fn === fn && !other.op.discarded && other.effect.which !== 'coherent');
  const fits = (use: MaskUse): boolean => others.some((other) => vouches(other, use, masksOf));
  if (effect.which === 'coherent' && masks.every(fits)) return [];
  const [device] = op.argSpans;
  return [
    {
      site,
      device: {
        expression: device ? fn.text.slice(device.start, device.end).replace(/^&/, '') : '?',
        type: 'struct device',
      },
      message: `the result of ${effect.name}() is ignored; if it fails, the device keeps its old mask`,
      remark: 'result not checked',
      ...(masks.every(({ bits }) => bits !== null && bits >= alwaysAccepted) && { level: 'hint' }),
    },
  ];
}

/** True for the mask that the device already has; a streaming mask is good for coherent memory too. */
function isPutBack({ own }: MaskUse, { which }: MaskEffect): boolean {
  return own === 'streaming' || (own === 'coherent' && which === 'coherent');
}

/**
 * A tested streaming mask vouches for the same or a smaller coherent one (Documentation/core-api/dma-api-howto.rst), but not
 * where it was refused.
 */
function vouches({ op, effect }: MaskCall, use: MaskUse, masksOf: MaskReader): boolean {
  if (use.refused(op, effect)) return false;
  const { device, mask } = use;
  const bits = maskBits(mask) ?? 64;
  return masksOf(op, effect).some(
    (other) => (other.mask.key === mask.key && other.device.key === device.key) || (other.bits ?? 0) >= bits,
  );
}
