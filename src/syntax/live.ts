/**
 * From tokens to live tokens: removes preprocessor directives, attributes, and arms that are excluded or not chosen; matches
 * brackets; and records for every token the kind of the enclosing bracket and whether a statement starts with it.
 */
import { blankAllBut, makeRegions, modeOf, writeDirectives } from './arms';
import { blankAttribute, isAttribute } from './attributes';
import { addLiveToken } from './brackets';
import type { Defines } from './condition';
import { type Group, findGroups } from './groups';
import { Directive, Kind, type Tokens } from './lexer';
import { type Choose, Context, type LiveTokens, type Structure, type Walk } from './structure';
import type { WordTable } from './words';

/** Walks the tokens once; see the file's comment. Never throws, even if brackets do not match. */
export function findStructure(
  tokens: Tokens,
  text: string,
  words: WordTable,
  defines: Defines,
  choose: Choose,
): Structure {
  const groups = findGroups(tokens, text, defines);
  const regions = makeRegions(groups, tokens, text);
  const walk: Walk = {
    tokens,
    text,
    words,
    groups,
    choose,
    regions,
    live: makeLive(tokens.count),
    cleanups: [],
    directives: [],
    blanks: [],
    rewrites: [],
    stack: [{ context: Context.File, open: -1, assigned: false, ternaries: 0 }],
    starting: true,
    boundary: true,
    tag: -1,
    inCase: false,
    item: 0,
  };
  walkTokens(walk, 0, tokens.count);
  return walk;
}

function makeLive(capacity: number): LiveTokens {
  return {
    count: 0,
    kind: new Uint16Array(capacity),
    word: new Uint16Array(capacity),
    start: new Int32Array(capacity),
    end: new Int32Array(capacity),
    context: new Uint8Array(capacity),
    starts: new Uint8Array(capacity),
    partner: new Int32Array(capacity).fill(-1),
  };
}

function walkTokens(walk: Walk, from: number, to: number): void {
  const { tokens } = walk;
  for (let i = from; i < to; i++) {
    const kind = tokens.kind[i]!;
    if (kind === Kind.Directive) {
      const group = walk.groups.get(i);
      if (group === undefined) {
        blankDirective(walk, i);
      } else {
        walkGroup(walk, group);
        i = group.end;
      }
    } else if (kind === Kind.Identifier && isAttribute(walk, i, to)) {
      i = blankAttribute(walk, i, to);
    } else {
      addLiveToken(walk, i);
    }
  }
}

function blankDirective(walk: Walk, token: number): void {
  const start = walk.tokens.start[token]!;
  const end = walk.tokens.end[token]!;
  const what = walk.tokens.word[token]!;
  walk.blanks.push({ start, end });
  const kind = what === Directive.Define ? 'define' : what === Directive.Include ? 'include' : 'other';
  walk.directives.push({ start, end, kind });
}

function walkGroup(walk: Walk, group: Group): void {
  const { region } = group;
  if (region === undefined) {
    blankAllBut(walk, group, group.live);
    for (const arm of group.live) walkTokens(walk, arm.from, arm.to);
    return;
  }
  region.mode = modeOf(walk, group);
  if (walk.stack.length > 1 || !walk.starting) region.item = walk.item;
  if (region.mode === 'choice') {
    region.chosen = Math.max(0, Math.min(Math.trunc(walk.choose(region)) || 0, region.arms.length - 1));
    const arm = group.live[region.chosen];
    blankAllBut(walk, group, arm === undefined ? [] : [arm]);
    if (arm !== undefined) walkTokens(walk, arm.from, arm.to);
    return;
  }
  blankAllBut(walk, group, group.live);
  if (region.mode === 'nested') writeDirectives(walk, group);
  for (const arm of group.live) walkTokens(walk, arm.from, arm.to);
}
