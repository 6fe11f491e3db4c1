import { existsSync, readFileSync, statSync } from 'node:fs';
import { decode, defaultMaxFileSize, failureOf, failureText, readRange } from '../host';
import type { Problem } from './options';

/** The input of a review. */
export interface ReviewInput {
  /** The patches as text. */
  readonly text: string;
  /** Its name in messages. */
  readonly name: string;
  /** Reads a file before the patches, if that is not the file in the tree. */
  readonly before: ((file: string) => string | null) | null;
  readonly note: string | null;
}

const isRange = (operand: string): boolean => /^[^:\s]*\.\.[^.:\s][^:\s]*$|^[^.:\s][^:\s]*\.\.$/.test(operand);

function readBytes(operand: string): Buffer | Problem {
  try {
    if (operand !== '-' && statSync(operand).isDirectory())
      return {
        problem: `${operand}: is a directory; name a patch, or join a series: cat DIR/*.patch | coco-dma review -`,
      };
    return readFileSync(operand === '-' ? 0 : operand);
  } catch (error) {
    return { problem: `${operand}: ${failureText(failureOf(error))}; review needs a patch, a mailbox, - or REV..REV` };
  }
}

/** Reads the operand of `review`: a file, standard input, or a range of commits in the tree. */
export function readReviewInput(operand: string, tree: string): ReviewInput | Problem {
  if (operand !== '-' && !existsSync(operand) && isRange(operand)) {
    const range = readRange(tree, operand);
    if ('problem' in range) return { problem: `${operand}: ${range.problem}` };
    if (range.series.trim() === '') return { problem: `${operand}: contains no change to ${tree}` };
    return { text: range.series, name: operand, before: (file) => range.before(file), note: range.note };
  }
  const bytes = readBytes(operand);
  if ('problem' in bytes) return bytes;
  const name = operand === '-' ? 'standard input' : operand;
  if (bytes.length > defaultMaxFileSize)
    return { problem: `${name}: ${failureText({ kind: 'too-large', size: bytes.length, limit: defaultMaxFileSize })}` };
  return { text: decode(bytes), name, before: null, note: null };
}
