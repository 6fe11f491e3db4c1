import type { LValue, Op, Statement } from '../../../analysis';
import { evaluationOf, flagWords, printValue, statementsOf, testedFlag } from '../../../analysis';
import type { FunctionUnit, Value } from '../../../analysis';
import { apiEffects, conversionCalls } from '../../../kernel/api';
import { userTrustPrefix } from '../../../kernel/extension';
import { channelFlags, externalMemoryFlag, trustCalls } from '../../../kernel/trust';
import type { ObservationRule } from '../../observation';

/** The trust flag is copied to a place where it can become stale. */
export const duplicatedTrustFlag: ObservationRule = {
  kind: 'file',
  id: 'duplicated-trust-flag',
  title: 'A trust flag is copied',
  level: 'hint',
  basis: 'seen',
  tiers: ['certain'],
  words: [externalMemoryFlag],
  find({ unit }, workspace) {
    const { functions, members } = workspace.extension;
    const named = new Set([...channelFlags, ...members.map(({ member }) => member)]);
    const stores = new Map<FunctionUnit, (Statement & { op: Store })[]>();
    for (const statement of statementsOf(unit, [...flagWords, ...trustCalls, ...functions.keys(), ...named])) {
      const { fn, op } = statement;
      if (op.k !== 'assign' || !outlivesTheCall(op.to, fn, named) || changesMemory(fn)) continue;
      const known = stores.get(fn);
      if (known) known.push({ ...statement, op });
      else stores.set(fn, [{ ...statement, op }]);
    }
    return [...stores].flatMap(([fn, own]) => {
      const valuesAt = evaluationOf(fn, workspace);
      return own.flatMap(({ op, site }) => {
        const value = valuesAt(op, op.value).find(isTrust);
        if (!value) return [];
        const text = fn.text.slice(op.at.start, op.at.end);
        return [
          {
            site,
            device: { expression: text.split(/\s*=/)[0] ?? text, type: 'struct device' },
            message: `this copy of ${printValue(value)} can become stale; test the flag itself`,
            remark: 'a second copy of the trust flag',
          },
        ];
      });
    });
  },
};

type Store = Op & { k: 'assign' };

/** True for a member that other code reads later, except for the member of the flag itself. */
function outlivesTheCall(to: LValue, fn: FunctionUnit, named: ReadonlySet<string>): boolean {
  if (to.k !== 'field' || named.has(to.name)) return false;
  let at: LValue = to;
  while (at.k === 'field' || at.k === 'element') at = at.base;
  return at.k === 'deref' || !fn.ir().variables.has(at.name);
}

/** True where a request records how its own memory was mapped or converted, which undoing it requires. */
function changesMemory(fn: FunctionUnit): boolean {
  return [...fn.words].some((word) => {
    const kind = apiEffects.get(word)?.kind;
    return kind === 'map' || kind === 'unmap' || conversionCalls.has(word);
  });
}

function isTrust(value: Value): boolean {
  if (value.k === 'op' && value.op === '!' && value.args[0]) return isTrust(value.args[0]);
  if (value.k === 'call' && (trustCalls.has(value.name) || value.name.startsWith(userTrustPrefix))) return true;
  return testedFlag(value, externalMemoryFlag) !== undefined;
}
