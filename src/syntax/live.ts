/**
 * From tokens to live tokens: preprocessor directives, dead and unchosen arms and attributes go, brackets find their
 * partners, and every token learns in what kind of bracket it stands and whether a statement starts with it.
 */
import { type Defines, negate } from './condition';
import { type Group, type GroupArm, type Region, type RegionMode, findGroups, shapeOf } from './groups';
import { Directive, Kind, type Tokens } from './lexer';
import { type WordTable, Word } from './words';

/** The kind of the innermost bracket around a token. */
export const Context = {
  File: 0,
  Block: 1,
  Struct: 2,
  Enum: 3,
  /** Braces of an initialiser or a compound literal. */
  Initializer: 4,
  /** Parentheses behind something callable. */
  Call: 5,
  /** Any other parentheses in an expression: grouping, casts, a statement expression's. */
  Group: 6,
  /** Parentheses behind `if`, `for`, `while`, `switch`. */
  Header: 7,
  /** Parentheses in a declarator. */
  Parameters: 8,
  /** Parentheses behind `sizeof` and its like. */
  TypeOperator: 9,
  Index: 10,
  Asm: 11,
} as const;

/** Live tokens. `count` and the token arrays as in `Tokens`; the other arrays run parallel to them. */
export interface LiveTokens extends Tokens {
  context: Uint8Array;
  /** 1 where a statement, declaration or member starts. */
  starts: Uint8Array;
  /** Index of the partner of a bracket, -1 where there is none. */
  partner: Int32Array;
}

/** A range of the text; `end` is exclusive. */
export interface TextRange {
  start: number;
  end: number;
}

/** An attribute macro with an argument that says what happens when the scope ends: `__free(kfree)`. */
export interface CleanupUse extends TextRange {
  /** The argument, `kfree`. */
  argument: string;
}

/** A directive that was blanked and that later rooms want to know of. */
export interface DirectiveUse extends TextRange {
  kind: 'define' | 'include' | 'other';
}

/** What the walk found beside the tokens. */
export interface Structure {
  live: LiveTokens;
  regions: Region[];
  cleanups: CleanupUse[];
  directives: DirectiveUse[];
  /** What to blank. */
  blanks: TextRange[];
  /** Offsets where something has to be overwritten by a text of the same length. */
  rewrites: { start: number; text: string }[];
}

/** Picks an arm of a region whose arms cannot stand in one tree. */
export type Choose = (region: Region) => number;

interface Frame {
  context: number;
  /** Index of the opening bracket among the live tokens. */
  open: number;
  assigned: boolean;
  ternaries: number;
}

interface Walk extends Structure {
  tokens: Tokens;
  text: string;
  words: WordTable;
  groups: Map<number, Group>;
  choose: Choose;
  stack: Frame[];
  /** A statement may start here, and a conditional too. The latter is not so behind `else` or a loop's header. */
  starting: boolean;
  boundary: boolean;
  /** Context that the next brace opens because of a `struct`, `union` or `enum` before it. */
  tag: number;
  inCase: boolean;
  /** Offset where the current file-scope item starts. */
  item: number;
}

/** Walks the tokens once; see the file's comment. Never throws, whatever the brackets do. */
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

function makeRegions(groups: Map<number, Group>, tokens: Tokens, text: string): Region[] {
  const regions: Region[] = [];
  for (const [token, group] of groups) {
    if (group.decided) continue;
    const end = group.end < tokens.count ? tokens.end[group.end]! : text.length;
    const region: Region = {
      id: regions.length,
      start: tokens.start[token]!,
      end,
      mode: 'nested',
      arms: [],
      chosen: -1,
      item: tokens.start[token]!,
    };
    let before = undefined as Region['arms'][number]['condition'] | undefined;
    for (const arm of group.live) {
      const condition = before === undefined ? arm.own : and(before, arm.own);
      const directive = tokens.start[arm.directive]!;
      region.arms.push({ directive, start: tokens.end[arm.directive]!, end: startOf(tokens, arm.to, text), condition });
      before = before === undefined ? negate(arm.own) : and(before, negate(arm.own));
    }
    const last = group.live[group.live.length - 1]!;
    const isElse = last.own.kind === 'constant' && last.own.value;
    if (!isElse && before !== undefined) region.arms.push({ directive: end, start: end, end, condition: before });
    group.region = region;
    regions.push(region);
  }
  return regions;
}

function startOf(tokens: Tokens, token: number, text: string): number {
  return token < tokens.count ? tokens.start[token]! : text.length;
}

function and(left: Region['arms'][number]['condition'], right: Region['arms'][number]['condition']): typeof left {
  return right.kind === 'constant' && right.value ? left : { kind: 'and', left, right };
}

function walkTokens(walk: Walk, from: number, to: number): void {
  const { tokens } = walk;
  for (let i = from; i < to; i++) {
    const kind = tokens.kind[i]!;
    if (kind === Kind.Directive) {
      const group = walk.groups.get(i);
      if (group === undefined) {
        dropDirective(walk, i);
      } else {
        walkGroup(walk, group);
        i = group.end;
      }
    } else if (kind === Kind.Identifier && isAttribute(walk, i, to)) {
      i = dropAttribute(walk, i, to);
    } else {
      keep(walk, i);
    }
  }
}

function dropDirective(walk: Walk, token: number): void {
  const start = walk.tokens.start[token]!;
  const end = walk.tokens.end[token]!;
  const what = walk.tokens.word[token]!;
  walk.blanks.push({ start, end });
  const kind = what === Directive.Define ? 'define' : what === Directive.Include ? 'include' : 'other';
  walk.directives.push({ start, end, kind });
}

// ---------------------------------------------------------------------------------------------------- attributes

function isAttribute(walk: Walk, token: number, to: number): boolean {
  const word = walk.tokens.word[token]!;
  if (word === Word.None || word > Word.Cleanup) return false;
  const previous = walk.live.count > 0 ? walk.live.kind[walk.live.count - 1]! : 0;
  if (previous === 46 || previous === Kind.Arrow) return false;
  const next = token + 1 < to ? walk.tokens.kind[token + 1] : 0;
  return word === Word.Attribute ? next !== 91 : next === 40;
}

/** The last token of an attribute: its name, or the closing parenthesis of its argument list. */
function attributeEnd(walk: Walk, token: number, to: number): number {
  const { tokens } = walk;
  if (tokens.word[token] === Word.Attribute) return token;
  const limit = Math.min(to, token + 1000);
  let depth = 0;
  for (let last = token + 1; last < limit; last++) {
    const kind = tokens.kind[last]!;
    if (kind === 40) depth++;
    else if (kind === 41 && --depth === 0) return last;
  }
  return token;
}

/** Blanks an attribute with its argument list, and returns its last token. */
function dropAttribute(walk: Walk, token: number, to: number): number {
  const { tokens } = walk;
  const last = attributeEnd(walk, token, to);
  const range = { start: tokens.start[token]!, end: tokens.end[last]! };
  walk.blanks.push(range);
  if (tokens.word[token] === Word.Cleanup && last > token) {
    const argument = walk.text.slice(tokens.end[token + 1], tokens.start[last]).trim();
    walk.cleanups.push({ ...range, argument });
  }
  return last;
}

// -------------------------------------------------------------------------------------------------- conditionals

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

/** Blanks the directives of a group and all arms but those given. */
function blankAllBut(walk: Walk, group: Group, arms: GroupArm[]): void {
  const { tokens, text } = walk;
  for (const arm of group.arms) {
    const start = tokens.start[arm.directive]!;
    const kept = arms.includes(arm);
    walk.blanks.push({ start, end: kept ? tokens.end[arm.directive]! : startOf(tokens, arm.to, text) });
  }
  if (group.end < tokens.count) walk.blanks.push({ start: tokens.start[group.end]!, end: tokens.end[group.end]! });
}

/** Puts `#if 1`, `#elif 1`, `#else`, `#endif` where the live arms begin and end: the true conditions are in the region. */
function writeDirectives(walk: Walk, group: Group): void {
  const { tokens } = walk;
  group.live.forEach((arm, i) => {
    const isElse = tokens.word[arm.directive] === Directive.Else || (arm.own.kind === 'constant' && arm.own.value);
    const word = i === 0 ? '#if 1' : isElse ? '#else' : '#elif 1';
    walk.rewrites.push({ start: tokens.start[arm.directive]!, text: word });
  });
  if (group.end < tokens.count) walk.rewrites.push({ start: tokens.start[group.end]!, text: '#endif' });
}

function modeOf(walk: Walk, group: Group): RegionMode {
  const { tokens, groups } = walk;
  const shapes = group.live.map((arm) => shapeOf(arm, tokens, groups));
  const full = shapes.filter((shape) => !shape.empty);
  // Nothing but directives inside: there is nothing to choose and nothing to nest.
  if (full.length === 0) return 'merged';
  if (group.end >= tokens.count || !full.every((shape) => shape.balanced)) return 'choice';
  const context = walk.stack[walk.stack.length - 1]!.context;
  const next = nextToken(walk, group.end + 1);
  if (context === Context.Initializer || context === Context.Enum) {
    const previous = walk.live.count > 0 ? walk.live.kind[walk.live.count - 1] : 0;
    const between = (previous === 44 || previous === 123) && full.every((shape) => shape.lastKind === 44);
    const alone = full.length === 1 && (previous === 44 || previous === 123) && tokens.kind[next] === 125;
    return between || alone || full.every((shape) => shape.firstKind === 44) ? 'merged' : 'choice';
  }
  if (context > Context.Struct || !walk.boundary) return 'choice';
  const after = next < tokens.count ? tokens.kind[next]! : 0;
  const nests = full.every((shape) => {
    if (shape.firstWord === Word.Else) return false;
    if (shape.lastKind === 59) return true;
    if (shape.lastKind === 125) return after !== 59 && after !== 44 && after !== 61;
    if (shape.lastKind === 41) return context === Context.File && after !== 123 && after !== 59;
    return shape.endsInCase;
  });
  const elseFollows = after === Kind.Identifier && tokens.word[next] === Word.Else;
  return nests && !elseFollows ? 'nested' : 'choice';
}

/** The next token from `token` on that is no directive and no part of an attribute. */
function nextToken(walk: Walk, token: number): number {
  const { tokens } = walk;
  const limit = Math.min(tokens.count, token + 1000);
  for (let next = token; next < limit; next++) {
    const kind = tokens.kind[next]!;
    if (kind === Kind.Identifier && isAttribute(walk, next, tokens.count)) {
      next = attributeEnd(walk, next, tokens.count);
    } else if (kind !== Kind.Directive) {
      return next;
    }
  }
  return tokens.count;
}

// ------------------------------------------------------------------------------------------------------ structure

/** Takes a token over into the live ones, and follows brackets and statements with it. */
function keep(walk: Walk, token: number): void {
  const { tokens, live } = walk;
  const kind = tokens.kind[token]!;
  const word = kind === Kind.Identifier ? tokens.word[token]! : 0;
  const at = live.count++;
  const frame = walk.stack[walk.stack.length - 1]!;
  live.kind[at] = kind;
  live.word[at] = word;
  live.start[at] = tokens.start[token]!;
  live.end[at] = tokens.end[token]!;
  live.context[at] = frame.context;
  live.starts[at] = walk.starting ? 1 : 0;
  const storage = at > 0 && (live.word[at - 1] === Word.Storage || live.word[at - 1] === Word.Qualifier);
  if (walk.starting && frame.context === Context.File && !storage) walk.item = live.start[at]!;
  if (kind === Kind.Identifier) keepIdentifier(walk, word);
  else if (kind === 40 || kind === 91) openBracket(walk, at, kind, frame);
  else if (kind === 123) openBrace(walk, at, frame);
  else if (kind === 41 || kind === 93 || kind === 125) closeBracket(walk, at, kind, token);
  else keepPunctuator(walk, kind, frame);
}

function keepIdentifier(walk: Walk, word: number): void {
  if (word === Word.Struct) walk.tag = Context.Struct;
  else if (word === Word.Enum) walk.tag = Context.Enum;
  if (word === Word.Case || word === Word.Default) walk.inCase = true;
  const transparent = walk.starting && (word === Word.Storage || word === Word.Qualifier);
  walk.starting = word === Word.Else || word === Word.Do || transparent;
  walk.boundary = false;
}

function keepPunctuator(walk: Walk, kind: number, frame: Frame): void {
  walk.starting = false;
  walk.boundary = false;
  walk.tag = -1;
  if (kind === 59) {
    frame.assigned = false;
    frame.ternaries = 0;
    walk.starting = frame.context <= Context.Struct;
    walk.boundary = walk.starting;
  } else if (kind === 61) {
    frame.assigned = true;
  } else if (kind === 63) {
    frame.ternaries++;
  } else if (kind === 58 && frame.context === Context.Block) {
    if (frame.ternaries > 0) frame.ternaries--;
    else {
      walk.starting = true;
      walk.boundary = walk.inCase;
      walk.inCase = false;
    }
  }
}

function openBracket(walk: Walk, at: number, kind: number, frame: Frame): void {
  walk.stack.push({
    context: kind === 91 ? Context.Index : parenthesisContext(walk, at, frame),
    open: at,
    assigned: false,
    ternaries: 0,
  });
  walk.starting = false;
  walk.boundary = false;
  walk.tag = -1;
}

function parenthesisContext(walk: Walk, at: number, frame: Frame): number {
  const { live } = walk;
  const before = at - 1;
  if (before < 0) return Context.Group;
  const word = live.kind[before] === Kind.Identifier ? live.word[before]! : 0;
  if (word === Word.Header) return Context.Header;
  if (word === Word.TypeOperator || word === Word.Offsetof || word === Word.Typeof) return Context.TypeOperator;
  if (isAsm(live, before)) return Context.Asm;
  const declares = frame.context === Context.Parameters || frame.context === Context.Struct;
  if (declares || (frame.context === Context.File && !frame.assigned)) {
    const macro = live.starts[before] === 1 && live.kind[before] === Kind.Identifier && !declares;
    return macro ? Context.Call : Context.Parameters;
  }
  const kind = live.kind[before]!;
  if (kind === Kind.Identifier) return word < Word.Do ? Context.Call : Context.Group;
  return isCalled(live, before) ? Context.Call : Context.Group;
}

/**
 * Does a parenthesis behind this token hold a call's arguments? Behind `x[i]` and `f(x)`, yes; behind `(x)` it may be
 * the next cast, and behind `int (*f)` it holds parameters: types must stay as they are there.
 */
function isCalled(live: LiveTokens, token: number): boolean {
  if (live.kind[token] === 93) return true;
  const open = live.kind[token] === 41 ? live.partner[token]! : 0;
  if (open <= 0 || live.kind[open + 1] === 42) return false;
  return live.kind[open - 1] === Kind.Identifier && live.word[open - 1]! < Word.Do;
}

function isAsm(live: LiveTokens, token: number): boolean {
  for (let i = token; i >= 0 && live.kind[i] === Kind.Identifier && token - i < 4; i--) {
    if (live.word[i] === Word.Asm) return true;
  }
  return false;
}

function openBrace(walk: Walk, at: number, frame: Frame): void {
  const context = braceContext(walk, at, frame);
  walk.stack.push({ context, open: at, assigned: false, ternaries: 0 });
  walk.starting = context <= Context.Struct;
  walk.boundary = walk.starting;
  walk.tag = -1;
  walk.inCase = false;
}

function braceContext(walk: Walk, at: number, frame: Frame): number {
  if (walk.tag >= 0) return walk.tag;
  const { live } = walk;
  if (frame.context === Context.Initializer) return Context.Initializer;
  const before = at - 1;
  const kind = before >= 0 ? live.kind[before]! : 0;
  if (frame.context === Context.File) {
    if (frame.assigned) return Context.Initializer;
    return kind === Kind.String ? Context.File : Context.Block;
  }
  if (frame.context === Context.Block) {
    if (frame.assigned || kind === 61) return Context.Initializer;
    if (kind !== 41) return Context.Block;
    const open = live.partner[before]!;
    if (open < 0 || live.context[before] !== Context.Block) return Context.Block;
    const head = open - 1;
    return head >= 0 && live.kind[head] === Kind.Identifier && live.word[head] !== Word.Jump
      ? Context.Block
      : Context.Initializer;
  }
  if (kind === 40 || headsStatement(live, before)) return Context.Block;
  return kind === 44 && hasSemicolon(walk, at) ? Context.Block : Context.Initializer;
}

/** Is this token `else`, `do`, or the end of the parentheses of an `if` and its like? */
function headsStatement(live: LiveTokens, token: number): boolean {
  if (live.kind[token] === Kind.Identifier) return live.word[token] === Word.Else || live.word[token] === Word.Do;
  const open = live.kind[token] === 41 ? live.partner[token]! : 0;
  return open > 0 && live.word[open - 1] === Word.Header;
}

/** Does a semicolon stand between the brace that was just kept and its partner? Only then it holds statements. */
function hasSemicolon(walk: Walk, at: number): boolean {
  const start = walk.live.start[at]!;
  const inside = walk.text.slice(start, start + 1000);
  const semicolon = inside.indexOf(';');
  const close = inside.indexOf('}');
  return semicolon >= 0 && (close < 0 || semicolon < close);
}

const OPENER: Record<number, number> = { 41: 40, 93: 91, 125: 123 };

function closeBracket(walk: Walk, at: number, kind: number, token: number): void {
  const { live, stack } = walk;
  walk.starting = false;
  walk.boundary = false;
  walk.tag = -1;
  const found = findFrame(stack, live, OPENER[kind]!);
  if (found < 0) return;
  const { open, context } = stack[found]!;
  stack.length = found;
  const outer = stack[found - 1]!;
  live.partner[at] = open;
  live.partner[open] = at;
  live.context[at] = outer.context;
  if (kind === 125) {
    if (outer.context <= Context.Struct && (context === Context.Block || context === Context.File)) {
      outer.assigned = false;
      outer.ternaries = 0;
      walk.starting = true;
      walk.boundary = true;
    }
  } else if (kind === 41) {
    closeParenthesis(walk, open, context, outer, token);
  }
}

/**
 * The frame that a closing bracket closes. A brace closes whatever stands open inside; the others only their own.
 * Here as elsewhere in this room a search has a bound, so that no text takes quadratic time.
 */
function findFrame(stack: Frame[], live: LiveTokens, opener: number): number {
  for (let i = stack.length - 1; i > 0 && i > stack.length - 100; i--) {
    const kind = live.kind[stack[i]!.open]!;
    if (kind === opener) return i;
    if (kind === 123) return -1;
  }
  return -1;
}

/** Behind a header, or a macro call that no operator follows, a statement starts. */
function closeParenthesis(walk: Walk, open: number, context: number, outer: Frame, token: number): void {
  if (context === Context.Header) {
    walk.starting = true;
    return;
  }
  const { live } = walk;
  const head = open - 1;
  if (head < 0 || live.kind[head] !== Kind.Identifier || live.starts[head] !== 1 || live.word[head]! >= Word.Do) return;
  const next = nextToken(walk, token + 1);
  const follows = next < walk.tokens.count ? walk.tokens.kind[next]! : 0;
  if (outer.context === Context.Block) walk.starting = follows === Kind.Identifier || follows === 123;
  else if (outer.context === Context.File || outer.context === Context.Struct) {
    walk.starting = follows === Kind.Identifier || follows === 0;
    walk.boundary = walk.starting;
  }
}
