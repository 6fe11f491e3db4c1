import { lineAt } from '../../patch/prose';
import type { TextRule } from '../../patch/text-rule';

/** The number of characters of a commit ID that the kernel's documentation asks for. */
const customary = 12;

const reference = /^Fixes:\s+(?:commit\s+)?([0-9a-f]{4,40})\b|\bcommit\s+([0-9a-f]{5,40})\b/gim;

/** A commit ID is shorter than is customary. */
export const commitIdShort: TextRule = {
  kind: 'text',
  id: 'commit-id-short',
  title: 'A commit ID has fewer than 12 characters',
  level: 'hint',
  basis: 'seen',
  tiers: ['certain'],
  find({ prose }) {
    const text = prose.map((line) => line.text).join('\n');
    return [...text.matchAll(reference)].flatMap((match) => {
      const id = match[1] ?? match[2] ?? '';
      // "commit added" is prose; an id without a digit is as good as impossible
      if (id.length >= customary || !/\d/.test(id)) return [];
      const at = match.index + match[0].length - id.length;
      const message = `commit ID "${id}" has ${id.length} characters; ${customary} are customary`;
      return [{ line: lineAt(prose, text, at), message }];
    });
  },
};
