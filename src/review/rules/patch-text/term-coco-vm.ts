import { findInProse } from '../../patch/prose';
import type { TextRule } from '../../patch/text-rule';

/** A CoCo VM is called CVM. */
export const termCocoVm: TextRule = {
  kind: 'text',
  id: 'term-coco-vm',
  title: 'A CoCo VM is called CVM',
  level: 'hint',
  basis: 'seen',
  tiers: ['certain'],
  find: (message) =>
    findInProse(message, /(?<![\w./-])CVMs?(?![\w(]|\.\w|->)/g).map(({ match: [word], line }) => ({
      line,
      message: `write "${word === 'CVM' ? 'CoCo VM' : 'CoCo VMs'}" instead of "${word}"`,
    })),
};
