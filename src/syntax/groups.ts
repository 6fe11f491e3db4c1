/**
 * Conditional groups: which `#if … #elif … #else … #endif` belong together, what a profile decides about them, and
 * whether their arms could stand in a syntax tree side by side.
 */
import { type Condition, type Defines, decide, negate, parseCondition } from './condition';
import { Directive, Kind, type Tokens } from './lexer';
import { type OwnMacros, makeOwnMacros, collectMacro, withOwnMacros } from './own-macros';
import { Word } from './words';

/** One arm of an undecided conditional. Offsets into the text: behind the directive that opens it, to the next one. */
export interface RegionArm {
  /** Offset of the `#` of the directive that opens the arm; a `preproc_if`, `_elif` or `_else` node starts there. */
  directive: number;
  start: number;
  end: number;
  /** What must hold for this arm, the negation of all earlier arms included. */
  condition: Condition;
}

/**
 * How an undecided conditional was masked.
 * `nested`: all arms stand in the tree, as `preproc_if` and its alternatives. `merged`: all arms of a list stand in the
 * tree one behind the other, without a directive. `choice`: only arm `chosen` stands in the tree.
 */
export type RegionMode = 'nested' | 'merged' | 'choice';

/** A conditional that the profile leaves open. */
export interface Region {
  /** Position in `Masked.regions`; the same for the same text and profile, whatever is chosen elsewhere. */
  id: number;
  /** Offset of the `#` of the opening directive. */
  start: number;
  /** Offset behind the `#endif`. */
  end: number;
  mode: RegionMode;
  /** All arms that may be live. Where no `#else` ends the conditional, the last arm is empty and stands for "none". */
  arms: RegionArm[];
  /** Index of the arm in the tree where `mode` is `choice`, else -1. */
  chosen: number;
  /** Start of the file-scope item (function, table, type) that the conditional stands in; its own start between items. */
  item: number;
}

/** An arm as a range of tokens, with the token of its directive. */
export interface GroupArm {
  directive: number;
  /** First token behind the directive, and the token behind the arm's last one. */
  from: number;
  to: number;
  /** What the arm's own directive says; `true` for `#else`. */
  own: Condition;
  shape?: Shape;
}

/** A conditional as written. `end` is the token of the `#endif`, or the token count if there is none. */
export interface Group {
  arms: GroupArm[];
  end: number;
  /** The arms that are left under the profile; one arm and `decided` when nothing is open. */
  live: GroupArm[];
  decided: boolean;
  /** An arm is true: none behind it can be reached. */
  closed?: boolean;
  region: Region | undefined;
}

/** Nesting past this depth is not C that anybody wrote; the bound keeps recursion over groups shallow. */
const MAX_NESTING = 100;

/** A group while its `#endif` is looked for. */
interface OpenGroup {
  readonly group: Group;
  /** Whether the arm that is open is read: for certain (true), never (false), or perhaps. */
  read: boolean | undefined;
}

/** Finds all groups; the key is the token of the opening directive. A stray `#else` or `#endif` belongs to none. */
export function findGroups(tokens: Tokens, text: string, defines: Defines): Map<number, Group> {
  const groups = new Map<number, Group>();
  const open: OpenGroup[] = [];
  const own = makeOwnMacros();
  const opened = (group: Group, token: number): boolean | undefined => {
    const arm = makeArm(tokens, text, token);
    group.arms.push(arm);
    return group.closed ? false : openArm(group, arm, isRead(arm, tokens, text, defines, own));
  };
  for (let i = 0; i < tokens.count; i++) {
    if (tokens.kind[i] !== Kind.Directive) continue;
    const what = tokens.word[i]!;
    const inner = open[open.length - 1];
    if (what === Directive.If || what === Directive.Ifdef || what === Directive.Ifndef) {
      const group: Group = { arms: [], end: tokens.count, live: [], decided: true, region: undefined };
      // Past the bound a conditional counts as transparent: its directives go, all of its text stays.
      if (open.length < MAX_NESTING) groups.set(i, group);
      open.push({ group, read: opened(group, i) });
    } else if ((what === Directive.Define || what === Directive.Undef) && defines.everyArm !== true) {
      const line = text.slice(tokens.start[i], tokens.end[i]);
      collectMacro(own, line, whether(open), isDefault(i, inner, tokens, text));
    } else if (inner === undefined) continue;
    else if (what === Directive.Endif) {
      inner.group.arms[inner.group.arms.length - 1]!.to = i;
      inner.group.end = i;
      open.pop();
    } else if (what >= Directive.Elif && what <= Directive.Else) {
      inner.group.arms[inner.group.arms.length - 1]!.to = i;
      inner.read = opened(inner.group, i);
    }
  }
  return groups;
}

/** Whether what stands in all of these arms is read. */
function whether(open: readonly OpenGroup[]): boolean | undefined {
  if (open.some(({ read }) => read === false)) return false;
  return open.every(({ read }) => read === true) ? true : undefined;
}

/** True for the `#define` that sets what the `#ifndef` right above it asks for. */
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

/** What stands behind the directive that opens an arm. */
function expressionOf({ directive }: GroupArm, tokens: Tokens, text: string): string {
  return text.slice(tokens.start[directive], tokens.end[directive]).replace(/^#[ \t]*\w+/, '');
}

/** Whether the condition of an arm holds, by what the text itself has defined and by the profile. */
function isRead(arm: GroupArm, tokens: Tokens, text: string, defines: Defines, own: OwnMacros): boolean | undefined {
  // only the text itself can have defined what it is about to define
  if (isDefineGuard(arm, tokens, text)) return decide(arm.own, withOwnMacros(own, noDefines, null)) ?? true;
  const what = tokens.word[arm.directive];
  const isIf = what === Directive.If || what === Directive.Elif;
  return decide(arm.own, withOwnMacros(own, defines, isIf ? expressionOf(arm, tokens, text) : null));
}

const noDefines: Defines = { get: () => undefined };

/**
 * Puts an arm among those that are left: false ones fall out, and nothing behind a true one can be reached. Returns whether
 * it is read.
 */
function openArm(group: Group, arm: GroupArm, holds: boolean | undefined): boolean | undefined {
  if (holds === false) return false;
  group.live.push(arm);
  const alone = group.live.length === 1;
  group.closed = holds === true;
  group.decided = alone && group.closed;
  return alone ? holds : undefined;
}

/** `#ifndef X` followed at once by `#define X`: an include guard, or a default for X. Never worth two readings. */
function isDefineGuard(arm: GroupArm, tokens: Tokens, text: string): boolean {
  const next = arm.directive + 1;
  if (tokens.word[arm.directive] !== Directive.Ifndef || next >= tokens.count) return false;
  if (tokens.kind[next] !== Kind.Directive || tokens.word[next] !== Directive.Define) return false;
  const name = (token: number): string | undefined =>
    /^#[ \t]*\w+[ \t]+(\w+)/.exec(text.slice(tokens.start[token], tokens.end[token]))?.[1];
  const guarded = name(arm.directive);
  return guarded !== undefined && guarded === name(next);
}

/** What the structure of an arm says about its place in a tree. */
export interface Shape {
  empty: boolean;
  /** Every bracket closed, none closed that was not opened here. */
  balanced: boolean;
  firstKind: number;
  firstWord: number;
  lastKind: number;
  /** The last token is the colon of a `case` or `default`. */
  endsInCase: boolean;
}

const OPEN = new Set([40, 91, 123]);
const CLOSE = new Set([41, 93, 125]);

/** Shape of an arm; computed once. Conditionals inside count with their decided, their balanced, or their first arm. */
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
  // Set before the walk, so that a malformed nesting cannot recurse for ever.
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
