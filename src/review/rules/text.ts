import type { TextRule } from '../patch/text-rule';
import { commitIdShort } from './commit-id-short';
import { termCocoVm } from './term-coco-vm';
import { termVmbus } from './term-vmbus';
import { whyNotPerformance } from './why-not-performance';

/** What patches say of themselves. */
export const textRules: readonly TextRule[] = [commitIdShort, termVmbus, termCocoVm, whyNotPerformance];
