import { findInProse } from '../../patch/prose';
import type { TextRule } from '../../patch/text-rule';

/** A confidential VM is called CoCo VM. */
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
      message: `'${word}' is called ${word === 'CVM' ? 'CoCo VM' : 'CoCo VMs'} in kernel texts`,
    })),
};
