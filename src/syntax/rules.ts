/** Applies the masking rules in one pass over the live tokens. There is one file of rules per kind of syntactic place. */
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
import { type MaskContext, blank } from './mask-context';
import { Word } from './words';

/** Applies all rules to a text, except inside emptied braces. */
export function applyRules(masking: MaskContext, emptied: readonly Emptied[]): void {
  const { live } = masking;
  let next = 0;
  for (let i = 0; i < live.count; i++) {
    if (i === emptied[next]?.open) i = emptied[next++]!.close;
    const kind = live.kind[i]!;
    const context = live.context[i]!;
    if (kind === Kind.Identifier) i = maskIdentifier(masking, i, context);
    else if (kind === Kind.Ellipsis) maskCase(masking, i);
    else if (kind === Kind.String) maskString(masking, i);
    else if (kind === Kind.Number) maskNumber(masking, i);
    else if (kind === 123 && context === Context.Call) maskListArgument(masking, i);
    else if (kind === 125) maskTypeTrailer(masking, i);
    else if (context === Context.Call) maskArgument(masking, i);
    else if (context === Context.Struct) maskMemberPunctuator(masking, i, kind);
  }
}

function maskIdentifier(masking: MaskContext, at: number, context: number): number {
  const { live } = masking;
  const word = live.word[at]!;
  if (word >= Word.Asm) {
    if (word === Word.Asm) return maskAsm(masking, at);
    if (word === Word.Typeof) return maskTypeof(masking, at);
    maskOffsetof(masking, at);
    return at;
  }
  if (word === Word.TypeOperator) maskAlignof(masking, at);
  if (word === Word.Typedef) return maskTypedef(masking, at);
  if (context === Context.Call) {
    maskArgument(masking, at);
    return at;
  }
  if (live.starts[at] === 1) return maskStart(masking, at, context, word);
  if (word < Word.Do) {
    if (context <= Context.Struct && isTrailer(masking, at, context)) return maskTrailer(masking, at);
    if (context === Context.Struct && live.kind[at + 1] === 40) return maskPastedMember(masking, at);
    if (context === Context.Enum) return maskEnumerator(masking, at);
  }
  maskAdjacent(masking, at);
  return at;
}

/** Masks from an identifier where a statement, declaration or member starts. */
function maskStart(masking: MaskContext, at: number, context: number, word: number): number {
  const { live } = masking;
  const next = at + 1 < live.count ? live.kind[at + 1]! : 0;
  if (next === 40 && word < Word.Do) {
    if (context === Context.Block) return maskStatement(masking, at);
    return context === Context.File ? maskFileMacro(masking, at) : maskMember(masking, at);
  }
  if (word < Word.Do && (context === Context.Block || context === Context.Struct)) maskBareMacro(masking, at);
  if (word === Word.Goto) maskGoto(masking, at);
  if (next !== Kind.Identifier) return at;
  const declares = (word < Word.Do || word >= Word.Struct) && !isSpecifier(masking, at - 1);
  if (declares) maskDeclarationWords(masking, at);
  return at;
}

/** Masks an unnamed bit-field at its colon, or a superfluous semicolon. */
function maskMemberPunctuator(masking: MaskContext, at: number, kind: number): void {
  if (kind === 58) maskBitField(masking, at);
  else if (kind === 59 && masking.live.starts[at] === 1)
    blank(masking.units, masking.live.start[at]!, masking.live.end[at]!);
}
