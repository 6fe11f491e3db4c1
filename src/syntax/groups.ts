/**
 * Conditional groups: which `#if … #elif … #else … #endif` belong together, which arms a profile excludes, and whether
 * the remaining arms can be parsed into one syntax tree.
 */
import { type Condition, type Defines, decide, negate, parseCondition } from './condition';
import { Directive, Kind, type Tokens } from './lexer';
import { type OwnMacros, makeOwnMacros, recordMacro, withOwnMacros } from './own-macros';
import { Word } from './words';

/** One arm of an undecided conditional: from the end of the directive that opens it to the next directive, as offsets. */
export interface RegionArm {
  /** Offset of the `#` of the directive that opens the arm; a `preproc_if`, `_elif` or `_else` node starts there. */
  directive: number;
  start: number;
  end: number;
  /** The condition of this arm, including the negation of all earlier arms. */
  condition: Condition;
}

/**
 * How an undecided conditional was masked.
 * `nested`: all arms are in the tree, as `preproc_if` and its alternatives. `merged`: the arms are elements of a list, and
 * all of them are in the tree one after the other, without directives. `choice`: only arm `chosen` is in the tree.
 */
export type RegionMode = 'nested' | 'merged' | 'choice';

/** A conditional that the profile does not decide. */
export interface Region {
  /** Index in `Masked.regions`; depends only on the text and the profile, not on choices elsewhere. */
  id: number;
  /** Offset of the `#` of the opening directive. */
  start: number;
  /** Offset after the `#endif`. */
  end: number;
  mode: RegionMode;
  /** All arms that may be live. Without an `#else`, the last arm is empty: none of the conditions holds. */
  arms: RegionArm[];
  /** Index of the arm in the tree if `mode` is `choice`, otherwise -1. */
  chosen: number;
  /** Start of the file-scope item (function, table, type) that contains the conditional; its own start between items. */
  item: number;
}

/** An arm as a range of tokens, with the token of its directive. */
export interface GroupArm {
  directive: number;
  /** First token after the directive, and the token after the arm's last one. */
  from: number;
  to: number;
  /** The condition of the arm's own directive; `true` for `#else`. */
  own: Condition;
  shape?: Shape;
}

/** A conditional as written. `end` is the token of the `#endif`, or the token count if there is none. */
export interface Group {
  arms: GroupArm[];
  end: number;
  /** The arms that the profile does not exclude; `decided` if it is exactly one that certainly holds, or none. */
  live: GroupArm[];
  decided: boolean;
  /** An arm certainly holds: later arms are unreachable. */
  closed?: boolean;
  region: Region | undefined;
}

/** Real code does not nest deeper; the bound limits recursion over groups. */
const MAX_NESTING = 100;

/** A group whose `#endif` has not been found yet. */
interface OpenGroup {
  readonly group: Group;
  /** Whether the current arm is compiled: always (true), never (false), or depending on open symbols (undefined). */
  compiled: boolean | undefined;
}

/** Finds all groups; the key is the token of the opening directive. A stray `#else` or `#endif` is ignored. */
export function findGroups(tokens: Tokens, text: string, defines: Defines): Map<number, Group> {
  const groups = new Map<number, Group>();
  const open: OpenGroup[] = [];
  const own = makeOwnMacros();
  const startArm = (group: Group, token: number): boolean | undefined => {
    const arm = makeArm(tokens, text, token);
    group.arms.push(arm);
    return group.closed ? false : addLiveArm(group, arm, armHolds(arm, tokens, text, defines, own));
  };
  for (let i = 0; i < tokens.count; i++) {
    if (tokens.kind[i] !== Kind.Directive) continue;
    const what = tokens.word[i]!;
    const inner = open[open.length - 1];
    if (what === Directive.If || what === Directive.Ifdef || what === Directive.Ifndef) {
      const group: Group = { arms: [], end: tokens.count, live: [], decided: true, region: undefined };
      // Beyond the bound only the directives of a conditional are blanked, and all of its text is kept.
      if (open.length < MAX_NESTING) groups.set(i, group);
      open.push({ group, compiled: startArm(group, i) });
    } else if ((what === Directive.Define || what === Directive.Undef) && defines.everyArm !== true) {
      const line = text.slice(tokens.start[i], tokens.end[i]);
      recordMacro(own, line, isCompiled(open), isDefault(i, inner, tokens, text));
    } else if (inner === undefined) continue;
    else if (what === Directive.Endif) {
      inner.group.arms[inner.group.arms.length - 1]!.to = i;
      inner.group.end = i;
      open.pop();
    } else if (what >= Directive.Elif && what <= Directive.Else) {
      inner.group.arms[inner.group.arms.length - 1]!.to = i;
      inner.compiled = startArm(inner.group, i);
    }
  }
  return groups;
}

/** Whether text inside all of these arms is compiled. */
function isCompiled(open: readonly OpenGroup[]): boolean | undefined {
  if (open.some(({ compiled }) => compiled === false)) return false;
  return open.every(({ compiled }) => compiled === true) ? true : undefined;
}

/** Whether this `#define` follows an `#ifndef` of the same name directly. */
function isDefault(token: number, inner: OpenGroup | undefined, tokens: Tokens, text: string): boolean {
  const arm = inner?.group.arms[inner.group.arms.length - 1];
  return arm !== undefined && arm.directive === token - 1 && isDefineGuard(arm, tokens, text);
}

const ALWAYS: Condition = { kind: 'constant', value: true };

function makeArm(tokens: Tokens, text: string, directive: number): GroupArm {
  const arm: GroupArm = { directive, from: directive + 1, to: tokens.count, own: ALWAYS };
  const what = tokens.word[directive]!;
  if (what === Directive.Else) return arm;
  const condition = parseCondition(expressionOf(arm, tokens, text));
  const negated = what === Directive.Ifndef || what === Directive.Elifndef;
  arm.own = negated ? negate(condition) : condition;
  return arm;
}

/** The text after the name of the directive that opens an arm. */
function expressionOf({ directive }: GroupArm, tokens: Tokens, text: string): string {
  return text.slice(tokens.start[directive], tokens.end[directive]).replace(/^#[ \t]*\w+/, '');
}

/** Whether the condition of an arm holds, given the text's own macros and the profile. */
function armHolds(arm: GroupArm, tokens: Tokens, text: string, defines: Defines, own: OwnMacros): boolean | undefined {
  // the profile does not define a macro for which the text has an include guard or a default
  if (isDefineGuard(arm, tokens, text)) return decide(arm.own, withOwnMacros(own, noDefines, null)) ?? true;
  const what = tokens.word[arm.directive];
  const isIf = what === Directive.If || what === Directive.Elif;
  return decide(arm.own, withOwnMacros(own, defines, isIf ? expressionOf(arm, tokens, text) : null));
}

const noDefines: Defines = { get: () => undefined };

/** Adds an arm to the live ones, unless it is false; a true one closes the group. Returns whether the arm is compiled. */
function addLiveArm(group: Group, arm: GroupArm, holds: boolean | undefined): boolean | undefined {
  if (holds === false) return false;
  group.live.push(arm);
  const alone = group.live.length === 1;
  group.closed = holds === true;
  group.decided = alone && group.closed;
  return alone ? holds : undefined;
}

/** `#ifndef X` directly followed by `#define X`: an include guard, or a default for X. Never worth two variants. */
function isDefineGuard(arm: GroupArm, tokens: Tokens, text: string): boolean {
  const next = arm.directive + 1;
  if (tokens.word[arm.directive] !== Directive.Ifndef || next >= tokens.count) return false;
  if (tokens.kind[next] !== Kind.Directive || tokens.word[next] !== Directive.Define) return false;
  const name = (token: number): string | undefined =>
    /^#[ \t]*\w+[ \t]+(\w+)/.exec(text.slice(tokens.start[token], tokens.end[token]))?.[1];
  const guarded = name(arm.directive);
  return guarded !== undefined && guarded === name(next);
}

/** The structure of an arm, as far as its place in a tree depends on it. */
export interface Shape {
  empty: boolean;
  /** Every bracket opened in the arm is closed in it, and no other. */
  balanced: boolean;
  firstKind: number;
  firstWord: number;
  lastKind: number;
  /** The last token is the colon of a `case` or `default`. */
  endsInCase: boolean;
}

const OPEN = new Set([40, 91, 123]);
const CLOSE = new Set([41, 93, 125]);

/** Shape of an arm, cached. Inner conditionals contribute all live arms if these are balanced, otherwise the first one. */
export function shapeOf(arm: GroupArm, tokens: Tokens, groups: Map<number, Group>): Shape {
  if (arm.shape !== undefined) return arm.shape;
  const shape: Shape = {
    empty: true,
    balanced: true,
    firstKind: 0,
    firstWord: 0,
    lastKind: 0,
    endsInCase: false,
  };
  // Set before the walk, so that malformed nesting cannot recurse forever.
  arm.shape = shape;
  const depth = measure(arm, tokens, groups, shape, { depth: 0, inCase: false });
  if (depth !== 0) shape.balanced = false;
  return shape;
}

function measure(
  arm: GroupArm,
  tokens: Tokens,
  groups: Map<number, Group>,
  shape: Shape,
  state: { depth: number; inCase: boolean },
): number {
  for (let i = arm.from; i < arm.to; i++) {
    const kind = tokens.kind[i]!;
    const word = tokens.word[i]!;
    if (kind === Kind.Directive) {
      const group = groups.get(i);
      if (group === undefined) continue;
      measureGroup(group, tokens, groups, shape, state);
      i = group.end;
      continue;
    }
    if (kind === Kind.Identifier && word === Word.Attribute) continue;
    if (OPEN.has(kind)) state.depth++;
    else if (CLOSE.has(kind) && --state.depth < 0) shape.balanced = false;
    if (shape.empty) {
      shape.empty = false;
      shape.firstKind = kind;
      shape.firstWord = kind === Kind.Identifier ? word : 0;
    }
    if (kind === Kind.Identifier && (word === Word.Case || word === Word.Default)) state.inCase = true;
    shape.endsInCase = kind === 58 && state.inCase;
    if (kind === 58 || kind === 59) state.inCase = false;
    shape.lastKind = kind;
  }
  return state.depth;
}

function measureGroup(
  group: Group,
  tokens: Tokens,
  groups: Map<number, Group>,
  shape: Shape,
  state: { depth: number; inCase: boolean },
): void {
  const arms = group.live;
  const balanced = arms.every((inner) => shapeOf(inner, tokens, groups).balanced);
  for (const inner of balanced ? arms : arms.slice(0, 1)) measure(inner, tokens, groups, shape, state);
}
