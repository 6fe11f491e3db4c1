/** The masking rules, applied token by token in one pass over the live tokens. One file a kind of place. */
import { maskArgument } from './rules-argument';
import { maskFileMacro, maskMember } from './rules-declaration';
import { maskAdjacent, maskAsm, maskString } from './rules-expression';
import { maskCase, maskStatement } from './rules-statement';
import { Kind } from './lexer';
import { Context } from './live';
import type { Sheet } from './mask';
import { Word } from './words';

/** Runs all rules over a sheet. */
export function applyRules(sheet: Sheet): void {
  const { live } = sheet;
  for (let i = 0; i < live.count; i++) {
    const kind = live.kind[i]!;
    const context = live.context[i]!;
    if (kind === Kind.Identifier) i = maskIdentifier(sheet, i, context);
    else if (kind === Kind.Ellipsis) maskCase(sheet, i);
    else if (kind === Kind.String) maskString(sheet, i);
    else if (context === Context.Call) maskArgument(sheet, i);
  }
}

function maskIdentifier(sheet: Sheet, at: number, context: number): number {
  const { live } = sheet;
  const word = live.word[at]!;
  if (word === Word.Asm) return maskAsm(sheet, at);
  if (live.starts[at] === 1 && word < Word.Do && live.kind[at + 1] === 40 && at + 1 < live.count) {
    if (context === Context.Block) return maskStatement(sheet, at);
    if (context === Context.File) return maskFileMacro(sheet, at);
    if (context === Context.Struct) return maskMember(sheet, at);
  }
  if (context === Context.Call) maskArgument(sheet, at);
  else if (context >= Context.Block) maskAdjacent(sheet, at);
  return at;
}
