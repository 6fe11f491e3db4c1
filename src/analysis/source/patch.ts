import type { CParser } from '../../syntax/parser';
import { parseC } from '../../syntax/parser';
import { addressTakenIn } from './address-taken';
import { storedMembers } from './declarations';
import { functionUnit, sourceOf } from './functions';
import type { FunctionUnit, SourceUnit } from './types';

/** A file after an edit inside one function. */
export interface Patch {
  readonly unit: SourceUnit;
  readonly was: FunctionUnit;
  readonly is: FunctionUnit;
}

/**
 * The unit after an edit inside one function: only that function is parsed again, and the offsets of later ones are shifted.
 * Null if the edit affects more (or may do so: preprocessor lines, text that is no longer one whole function), in which case
 * the file has to be parsed again. The result is the same as from parsing the whole file.
 */
export function patchUnit(parser: CParser, previous: SourceUnit, text: string): Patch | null {
  if (previous.broken) return null;
  const edit = difference(previous.text, text);
  const was = [...previous.functions.values()].find(
    ({ place, text: body }) => place.origin < edit.start && edit.oldEnd < place.origin + body.length,
  );
  if (!was || was.broken || previous.alternatives.get(was.place.name)?.length !== 1) return null;
  const shift = edit.newEnd - edit.oldEnd;
  const { origin } = was.place;
  const own = text.slice(origin, origin + was.text.length + shift);
  if (/^[ \t]*#/m.test(own) || /^[ \t]*#/m.test(was.text)) return null;
  // the contents of a non-constant table depend on all stores to it
  if (storesToTable(previous, was.text) || storesToTable(previous, own)) return null;
  const is = readFunction(parser, previous, was, own);
  if (!is) return null;
  is.place.origin = origin;
  for (const unit of [
    ...[...previous.alternatives.values()].flat(),
    ...previous.macros.values(),
    ...previous.unexpandedMacros,
  ]) {
    if (unit.place.origin > origin) unit.place.origin += shift;
  }
  const functions = new Map(previous.functions).set(is.place.name, is);
  const alternatives = new Map(previous.alternatives).set(is.place.name, [{ ...is, when: [] }]);
  const addressTaken = addressTakenIn(text, functions);
  return { unit: { ...previous, text, functions, alternatives, addressTaken }, was, is };
}

function storesToTable({ mutableMembers }: SourceUnit, text: string): boolean {
  return mutableMembers.size > 0 && [...storedMembers(text)].some((member) => mutableMembers.has(member));
}

/** The edited function, if its text is exactly one function of the same name. */
function readFunction(parser: CParser, previous: SourceUnit, was: FunctionUnit, own: string): FunctionUnit | null {
  const tree = parseC(parser, own, { defines: previous.symbols });
  if (!tree) return null;
  try {
    const [node, ...others] = tree.root.namedChildren;
    const whole = node?.type === 'function_definition' && node.startIndex === 0 && node.endIndex === own.length;
    if (!whole || others.length > 0 || node.hasError || tree.regions.length > 0) return null;
    const { path, symbols } = previous;
    const unit = functionUnit({ parser, path, symbols, shift: 0, tree, source: sourceOf(tree) }, node, was.when);
    return unit?.place.name === was.place.name ? unit : null;
  } finally {
    tree.dispose();
  }
}

interface Edit {
  readonly start: number;
  readonly oldEnd: number;
  readonly newEnd: number;
}

/** The smallest single replacement that turns one text into the other. */
function difference(before: string, after: string): Edit {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before.charCodeAt(start) === after.charCodeAt(start)) start++;
  let tail = 0;
  while (
    tail < shorter - start &&
    before.charCodeAt(before.length - 1 - tail) === after.charCodeAt(after.length - 1 - tail)
  ) {
    tail++;
  }
  return { start, oldEnd: before.length - tail, newEnd: after.length - tail };
}
