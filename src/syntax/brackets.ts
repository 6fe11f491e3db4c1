/** Brackets and statements: the kind of bracket that encloses a token, and whether a statement starts with it. */
import { nextToken } from './attributes';
import { Kind } from './lexer';
import { Context, type Frame, type LiveTokens, type Walk } from './structure';
import { Word } from './words';

/** Appends a token to the live tokens, and updates the state of brackets and statements. */
export function addLiveToken(walk: Walk, token: number): void {
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
  if (kind === Kind.Identifier) addIdentifier(walk, word);
  else if (kind === 40 || kind === 91) openBracket(walk, at, kind, frame);
  else if (kind === 123) openBrace(walk, at, frame);
  else if (kind === 41 || kind === 93 || kind === 125) closeBracket(walk, at, kind, token);
  else addPunctuator(walk, kind, frame);
}

function addIdentifier(walk: Walk, word: number): void {
  if (word === Word.Struct) walk.tag = Context.Struct;
  else if (word === Word.Enum) walk.tag = Context.Enum;
  if (word === Word.Case || word === Word.Default) walk.inCase = true;
  const transparent = walk.starting && (word === Word.Storage || word === Word.Qualifier);
  walk.starting = word === Word.Else || word === Word.Do || transparent;
  walk.boundary = false;
}

function addPunctuator(walk: Walk, kind: number, frame: Frame): void {
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
 * Whether a parenthesis after this token encloses the arguments of a call. After `x[i]` and `f(x)` it does; after `(x)` it
 * may be a cast, and after `int (*f)` it encloses parameters, whose types must not be changed.
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
  if (headsStatement(live, before)) return Context.Block;
  if (kind === 40 && frame.context !== Context.Call) return Context.Block;
  return (kind === 40 || kind === 44) && hasSemicolon(walk, at) ? Context.Block : Context.Initializer;
}

/** Whether this token is `else`, `do`, or the closing parenthesis after `if`, `for`, `while` or `switch`. */
function headsStatement(live: LiveTokens, token: number): boolean {
  if (live.kind[token] === Kind.Identifier) return live.word[token] === Word.Else || live.word[token] === Word.Do;
  const open = live.kind[token] === 41 ? live.partner[token]! : 0;
  return open > 0 && live.word[open - 1] === Word.Header;
}

/** Whether a semicolon follows the brace just added, before the next closing one: only then it encloses statements. */
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
 * The frame that a closing bracket closes. A brace also closes unclosed brackets inside it; the others close only their
 * own kind. All searches in this folder are bounded, so that no text takes quadratic time.
 */
function findFrame(stack: Frame[], live: LiveTokens, opener: number): number {
  for (let i = stack.length - 1; i > 0 && i > stack.length - 100; i--) {
    const kind = live.kind[stack[i]!.open]!;
    if (kind === opener) return i;
    if (kind === 123) return -1;
  }
  return -1;
}

/** A statement starts after a header, and after a macro call that no operator follows. */
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
    walk.starting = follows === 0 || (follows === Kind.Identifier && !isDeclarator(walk, token, next));
    walk.boundary = walk.starting;
  }
}

/** Whether this name is declared with the macro before it, on the same line, as its type: `TYPE(x) f(void)`. */
function isDeclarator(walk: Walk, close: number, name: number): boolean {
  const { tokens, text } = walk;
  if (tokens.word[name]! >= Word.Do || text.slice(tokens.end[close], tokens.start[name]).includes('\n')) return false;
  return startsDeclaratorTail(name + 1 < tokens.count ? tokens.kind[name + 1]! : 0);
}

/** Whether this token can follow the name in a declarator. */
export function startsDeclaratorTail(kind: number): boolean {
  return kind === 40 || kind === 59 || kind === 61 || kind === 91 || kind === 44;
}
