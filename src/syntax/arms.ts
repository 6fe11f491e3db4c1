/** The arms of undecided conditionals: their conditions, how their text is masked, and whether they nest. */
import { nextToken } from './attributes';
import { type Condition, negate } from './condition';
import { type Group, type GroupArm, type Region, type RegionMode, shapeOf } from './groups';
import { Directive, Kind, type Tokens } from './lexer';
import { Context, type Walk } from './structure';
import { Word } from './words';

/** The undecided groups as regions, in text order; the walk sets their modes when it reaches them. */
export function makeRegions(groups: Map<number, Group>, tokens: Tokens, text: string): Region[] {
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
    let before = undefined as Condition | undefined;
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

function and(left: Condition, right: Condition): typeof left {
  return right.kind === 'constant' && right.value ? left : { kind: 'and', left, right };
}

/** Blanks the directives of a group and all arms but those given. */
export function blankAllBut(walk: Walk, group: Group, arms: GroupArm[]): void {
  const { tokens, text } = walk;
  for (const arm of group.arms) {
    const start = tokens.start[arm.directive]!;
    const kept = arms.includes(arm);
    walk.blanks.push({ start, end: kept ? tokens.end[arm.directive]! : startOf(tokens, arm.to, text) });
  }
  if (group.end < tokens.count) walk.blanks.push({ start: tokens.start[group.end]!, end: tokens.end[group.end]! });
}

/** Writes `#if 1`, `#elif 1`, `#else`, `#endif` at the bounds of the live arms; the region holds the real conditions. */
export function writeDirectives(walk: Walk, group: Group): void {
  const { tokens } = walk;
  group.live.forEach((arm, i) => {
    const isElse = tokens.word[arm.directive] === Directive.Else || (arm.own.kind === 'constant' && arm.own.value);
    const word = i === 0 ? '#if 1' : isElse ? '#else' : '#elif 1';
    walk.rewrites.push({ start: tokens.start[arm.directive]!, text: word });
  });
  if (group.end < tokens.count) walk.rewrites.push({ start: tokens.start[group.end]!, text: '#endif' });
}

/** How an undecided group can be represented at the walk's current place in the syntax. */
export function modeOf(walk: Walk, group: Group): RegionMode {
  const { tokens, groups } = walk;
  const shapes = group.live.map((arm) => shapeOf(arm, tokens, groups));
  const full = shapes.filter((shape) => !shape.empty);
  // Only directives inside: there is nothing to choose or to nest.
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
