import { findInProse } from '../../patch/prose';
import type { TextRule } from '../../patch/text-rule';

/** The bus's name in another spelling; as part of a name, a path or a call it is code. */
const misspelt = /(?<![\w./-])(?:VMBUS|Vmbus|VmBus|vmBus|VM Bus)(?![\w(-]|\.\w|->)|(?<=\/)(?:VMBUS|Vmbus|VmBus)(?=:)/g;

/** VMBus is misspelled. */
export const termVmbus: TextRule = {
  kind: 'text',
  id: 'term-vmbus',
  title: 'VMBus is misspelled',
  level: 'hint',
  basis: 'seen',
  tiers: ['certain'],
  find: (message) =>
    findInProse(message, misspelt).map(({ match, line }) => ({
      line,
      message: `write "VMBus" instead of "${match[0]}" in prose`,
    })),
};
