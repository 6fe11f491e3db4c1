import { existsSync, readFileSync, statSync } from 'node:fs';
import { decode, defaultMaxFileSize, describeFailure, readRange } from '../host';
import type { Problem } from './options';

/** What is to be reviewed. */
export interface ReviewInput {
  /** The patches as text. */
  readonly text: string;
  /** What it is called in messages. */
  readonly name: string;
  /** The text of a file before the patches, where that is not what lies in the tree. */
  readonly before: ((file: string) => string | null) | null;
  readonly note: string | null;
}

const isRange = (operand: string): boolean => /^[^:\s]*\.\.[^.:\s][^:\s]*$|^[^.:\s][^:\s]*\.\.$/.test(operand);

function readBytes(operand: string): Buffer | Problem {
  try {
    if (operand !== '-' && statSync(operand).isDirectory())
      return {
        problem: `${operand}: is a folder; name a patch, or join a series: cat FOLDER/*.patch | coco-dma review -`,
      };
    return readFileSync(operand === '-' ? 0 : operand);
  } catch (error) {
    const { message } = describeFailure(error);
    return { problem: `${operand}: ${message}; review takes a patch, a mailbox, - or REV..REV` };
  }
}

/** Reads what the operand of `review` names: a file, standard input, or a range of commits of the tree. */
export function readReviewInput(operand: string, tree: string): ReviewInput | Problem {
  if (operand !== '-' && !existsSync(operand) && isRange(operand)) {
    const range = readRange(tree, operand);
    if ('problem' in range) return { problem: `${operand}: ${range.problem}` };
    if (range.series.trim() === '') return { problem: `${operand}: holds no change of ${tree}` };
    return { text: range.series, name: operand, before: (file) => range.before(file), note: range.note };
  }
  const bytes = readBytes(operand);
  if ('problem' in bytes) return bytes;
  const name = operand === '-' ? 'standard input' : operand;
  if (bytes.length > defaultMaxFileSize) return { problem: `${name}: too large for a patch` };
  return { text: decode(bytes), name, before: null, note: null };
}
