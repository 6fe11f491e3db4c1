import type { Evaluation, FileAnalysis, FunctionUnit, Op, Statement, Value, Workspace } from '../../analysis';
import { evaluationOf, maskBits, statementsOf } from '../../analysis';
import type { ApiEffect } from '../../kernel/api';
import { apiEffects } from '../../kernel/api';
import type { Observation, ObservationRule } from '../observation';

type MaskEffect = ApiEffect & { kind: 'mask' };

const maskEffects: ReadonlyMap<string, MaskEffect> = new Map(
  [...apiEffects].flatMap(([name, effect]) => (effect.kind === 'mask' ? [[name, effect] as const] : [])),
);

/** The result of a mask call is thrown away: if it failed, the device keeps the mask that it had. */
export const dmaMaskUnchecked: ObservationRule = {
  id: 'dma-mask-unchecked',
  level: 'warning',
  find(file, workspace) {
    const calls = [...statementsOf(file.unit, maskEffects.keys())].flatMap(maskCall);
    const evaluations = new Map<FunctionUnit, Evaluation>();
    return calls
      .filter(({ op }) => op.discarded)
      .flatMap((call) => observed(call, calls, evaluate(evaluations, call.fn, workspace), file));
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

function evaluate(known: Map<FunctionUnit, Evaluation>, fn: FunctionUnit, workspace: Workspace): Evaluation {
  let evaluation = known.get(fn);
  if (!evaluation) known.set(fn, (evaluation = evaluationOf(fn, workspace)));
  return evaluation;
}

function observed(
  call: MaskCall,
  calls: readonly MaskCall[],
  evaluation: Evaluation,
  { unit }: FileAnalysis,
): Observation[] {
  const { fn, op, site, effect } = call;
  const masks = masksOf(call, evaluation);
  // where no path gets nothing happens, and a function of the file itself may go by the kernel's name
  if (masks.every(isOwnMask) || unit.functions.has(effect.name)) return [];
  const tested = calls.some((other) => other.fn === fn && vouches(other, masks, evaluation));
  if (effect.which === 'coherent' && tested) return [];
  const [device] = op.argSpans;
  return [
    {
      site,
      device: {
        expression: device ? fn.text.slice(device.start, device.end).replace(/^&/, '') : '?',
        type: 'struct device',
      },
      message: `the result of ${effect.name}() is ignored: if it fails, the device keeps the mask it had`,
      remark: 'result not looked at',
      ...(masks.every((mask) => maskBits(mask) === 64) && { level: 'hint' }),
    },
  ];
}

/** The masks that a call sets, one for each way to get there. */
function masksOf({ op, effect }: MaskCall, evaluation: Evaluation): readonly Value[] {
  const mask = op.args[effect.bits];
  return mask ? evaluation(op, mask) : [];
}

/** The mask that the device has already, put back. */
function isOwnMask(mask: Value): boolean {
  return mask.k === 'call' && mask.name === 'dma_get_mask';
}

/** A tested streaming mask vouches for the same or a smaller coherent one (Documentation/core-api/dma-api-howto.rst). */
function vouches(call: MaskCall, masks: readonly Value[], evaluation: Evaluation): boolean {
  if (call.op.discarded || call.effect.which === 'coherent') return false;
  const tested = masksOf(call, evaluation).map((mask) => maskBits(mask) ?? 0);
  return masks.every((mask) => tested.some((bits) => bits >= (maskBits(mask) ?? 64)));
}
