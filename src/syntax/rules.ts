/** The masking rules, applied token by token in one pass over the live tokens. One file a kind of place. */
import { maskArgument, maskListArgument } from './rules-argument';
import { isTrailer, maskDeclarationWords, maskFileMacro, maskTrailer, maskTypedef } from './rules-declaration';
import { maskBitField, maskEnumerator, maskMember, maskPastedMember, maskTypeTrailer } from './rules-member';
import {
  maskAdjacent,
  maskAlignof,
  maskAsm,
  maskNumber,
  maskOffsetof,
  maskString,
  maskTypeof,
} from './rules-expression';
import { maskBareMacro, maskCase, maskGoto, maskStatement } from './rules-statement';
import type { Emptied } from './bodies';
import { Kind } from './lexer';
import { Context } from './structure';
import { isSpecifier } from './rules-shared';
import { type Sheet, blank } from './sheet';
import { Word } from './words';

/** Runs all rules over a sheet, but for what stands in braces that are emptied. */
export function applyRules(sheet: Sheet, emptied: readonly Emptied[]): void {
  const { live } = sheet;
  let next = 0;
  for (let i = 0; i < live.count; i++) {
    if (i === emptied[next]?.open) i = emptied[next++]!.close;
    const kind = live.kind[i]!;
    const context = live.context[i]!;
    if (kind === Kind.Identifier) i = maskIdentifier(sheet, i, context);
    else if (kind === Kind.Ellipsis) maskCase(sheet, i);
    else if (kind === Kind.String) maskString(sheet, i);
    else if (kind === Kind.Number) maskNumber(sheet, i);
    else if (kind === 123 && context === Context.Call) maskListArgument(sheet, i);
    else if (kind === 125) maskTypeTrailer(sheet, i);
    else if (context === Context.Call) maskArgument(sheet, i);
    else if (context === Context.Struct) maskMemberPunctuator(sheet, i, kind);
  }
}

function maskIdentifier(sheet: Sheet, at: number, context: number): number {
  const { live } = sheet;
  const word = live.word[at]!;
  if (word >= Word.Asm) {
    if (word === Word.Asm) return maskAsm(sheet, at);
    if (word === Word.Typeof) return maskTypeof(sheet, at);
    maskOffsetof(sheet, at);
    return at;
  }
  if (word === Word.TypeOperator) maskAlignof(sheet, at);
  if (word === Word.Typedef) return maskTypedef(sheet, at);
  if (context === Context.Call) {
    maskArgument(sheet, at);
    return at;
  }
  if (live.starts[at] === 1) return maskStart(sheet, at, context, word);
  if (word < Word.Do) {
    if (context <= Context.Struct && isTrailer(sheet, at, context)) return maskTrailer(sheet, at);
    if (context === Context.Struct && live.kind[at + 1] === 40) return maskPastedMember(sheet, at);
    if (context === Context.Enum) return maskEnumerator(sheet, at);
  }
  maskAdjacent(sheet, at);
  return at;
}

/** An identifier where a statement, declaration or member starts. */
function maskStart(sheet: Sheet, at: number, context: number, word: number): number {
  const { live } = sheet;
  const next = at + 1 < live.count ? live.kind[at + 1]! : 0;
  if (next === 40 && word < Word.Do) {
    if (context === Context.Block) return maskStatement(sheet, at);
    return context === Context.File ? maskFileMacro(sheet, at) : maskMember(sheet, at);
  }
  if (word < Word.Do && (context === Context.Block || context === Context.Struct)) maskBareMacro(sheet, at);
  if (word === Word.Goto) maskGoto(sheet, at);
  if (next !== Kind.Identifier) return at;
  const declares = (word < Word.Do || word >= Word.Struct) && !isSpecifier(sheet, at - 1);
  if (declares) maskDeclarationWords(sheet, at);
  return at;
}

/** A colon before an unnamed bit-field, a semicolon too many. */
function maskMemberPunctuator(sheet: Sheet, at: number, kind: number): void {
  if (kind === 58) maskBitField(sheet, at);
  else if (kind === 59 && sheet.live.starts[at] === 1) blank(sheet.units, sheet.live.start[at]!, sheet.live.end[at]!);
}
