import { findInProse } from '../patch/prose';
import type { TextRule } from '../patch/text-rule';

/** A confidential VM is called CoCo VM. */
export const termCocoVm: TextRule = {
  id: 'term-coco-vm',
  level: 'hint',
  find: (message) =>
    findInProse(message, /(?<![\w./-])CVMs?(?![\w(]|\.\w|->)/g).map(({ match: [word], line }) => ({
      line,
      message: `'${word}' is called ${word === 'CVM' ? 'CoCo VM' : 'CoCo VMs'} in kernel texts`,
    })),
};
