/**
 * Conditions of `#if` and related directives: parsed into a small tree over symbols, and evaluated in three-valued logic
 * (true, false, open) against the symbols that a profile fixes.
 */

/** A condition. `open` holds the text of an expression that the tree cannot represent (arithmetic, version tests). */
export type Condition =
  | { kind: 'constant'; value: boolean }
  | { kind: 'symbol'; name: string }
  | { kind: 'open'; text: string }
  | { kind: 'not'; operand: Condition }
  | { kind: 'and' | 'or'; left: Condition; right: Condition };

/** The values of symbols; the text of an `open` condition may be a key too. Anything that is not a key is open. */
export interface Defines {
  get(name: string): boolean | undefined;
  /** Keep all arms, including those that the text's own `#define` and `#undef` exclude. */
  readonly everyArm?: boolean;
}

const TRUE: Condition = { kind: 'constant', value: true };
const FALSE: Condition = { kind: 'constant', value: false };

interface Scan {
  tokens: string[];
  at: number;
}

const TOKEN =
  /\/\*[\s\S]*?(?:\*\/|$)|\/\/.*|\\\r?\n|\s+|[A-Za-z_$][\w$]*|\d[\w.]*|&&|\|\||[<>=!]=|<<|>>|'(?:\\.|[^'\\])*'|./gsu;

function scan(text: string): Scan {
  const tokens: string[] = [];
  for (const [token] of text.matchAll(TOKEN)) {
    if (/^(?:\s|\/\*|\/\/|\\\r?\n)/.test(token)) continue;
    tokens.push(token);
  }
  return { tokens, at: 0 };
}

/**
 * Parses the expression of an `#if` or `#elif` (without the directive's name; comments and line splices allowed).
 * Never throws: an expression that it cannot parse becomes one `open` condition with the whole text.
 */
export function parseCondition(text: string): Condition {
  const input = scan(text);
  const condition = parseOr(input);
  if (input.at < input.tokens.length || input.tokens.length === 0) return open(input.tokens);
  return condition;
}

function open(tokens: string[]): Condition {
  return { kind: 'open', text: tokens.join(' ') };
}

function parseOr(input: Scan): Condition {
  let left = parseAnd(input);
  while (input.tokens[input.at] === '||') {
    input.at++;
    left = { kind: 'or', left, right: parseAnd(input) };
  }
  return left;
}

function parseAnd(input: Scan): Condition {
  let left = parseOperand(input);
  while (input.tokens[input.at] === '&&') {
    input.at++;
    left = { kind: 'and', left, right: parseOperand(input) };
  }
  return left;
}

/** An operand of `&&` and `||`. Any other operator makes the whole operand open, not only its first part. */
function parseOperand(input: Scan): Condition {
  const from = input.at;
  const condition = parseUnary(input);
  if (endsOperand(input)) return condition;
  let depth = 0;
  while (input.at < input.tokens.length && !(depth === 0 && endsOperand(input))) {
    const token = input.tokens[input.at++]!;
    if (token === '(') depth++;
    else if (token === ')') depth--;
  }
  return open(input.tokens.slice(from, input.at));
}

function endsOperand(input: Scan): boolean {
  const next = input.tokens[input.at];
  return next === undefined || next === '&&' || next === '||' || next === ')';
}

function parseUnary(input: Scan): Condition {
  const token = input.tokens[input.at];
  if (token === '!') {
    input.at++;
    return { kind: 'not', operand: parseUnary(input) };
  }
  if (token === '(') {
    input.at++;
    const inner = parseOr(input);
    if (input.tokens[input.at] === ')') input.at++;
    return inner;
  }
  if (token !== undefined && /^\d/.test(token)) {
    input.at++;
    return Number.parseInt(token) === 0 ? FALSE : TRUE;
  }
  if (token !== undefined && /^[A-Za-z_$]/.test(token)) return parseName(input);
  if (token !== undefined) input.at++;
  return open(token === undefined ? [] : [token]);
}

/** `SYMBOL`, `defined SYMBOL`, `defined(SYMBOL)`, `IS_ENABLED(SYMBOL)`; any other macro call is open. */
function parseName(input: Scan): Condition {
  const name = input.tokens[input.at++]!;
  if (name === 'defined' && input.tokens[input.at] !== '(') {
    const symbol = input.tokens[input.at++];
    return symbol === undefined ? open([name]) : { kind: 'symbol', name: symbol };
  }
  if (input.tokens[input.at] !== '(') return { kind: 'symbol', name };
  const from = input.at++;
  for (let depth = 1; depth > 0 && input.at < input.tokens.length; input.at++) {
    if (input.tokens[input.at] === '(') depth++;
    else if (input.tokens[input.at] === ')') depth--;
  }
  const inner = input.tokens.slice(from + 1, input.at - 1);
  // A module counts as enabled for all but IS_MODULE(), which a boolean profile cannot decide.
  if (inner.length === 1 && /^(?:defined|IS_ENABLED|IS_BUILTIN|IS_REACHABLE)$/.test(name)) {
    return { kind: 'symbol', name: inner[0]! };
  }
  return open([name, ...input.tokens.slice(from, input.at)]);
}

/** The value of a condition under these symbols; `undefined` when it is open. */
export function decide(condition: Condition, defines: Defines): boolean | undefined {
  switch (condition.kind) {
    case 'constant':
      return condition.value;
    case 'symbol':
      return defines.get(condition.name);
    case 'open':
      return defines.get(condition.text);
    case 'not': {
      const value = decide(condition.operand, defines);
      return value === undefined ? undefined : !value;
    }
    case 'and':
    case 'or': {
      const dominant = condition.kind === 'or';
      const left = decide(condition.left, defines);
      if (left === dominant) return dominant;
      const right = decide(condition.right, defines);
      if (right === dominant) return dominant;
      return left === undefined || right === undefined ? undefined : !dominant;
    }
  }
}

/** The negation of a condition, without stacking `not` on `not`. */
export function negate(condition: Condition): Condition {
  if (condition.kind === 'not') return condition.operand;
  if (condition.kind === 'constant') return condition.value ? FALSE : TRUE;
  return { kind: 'not', operand: condition };
}

/** A condition as C text, for messages: `CONFIG_A && !CONFIG_B`. */
export function formatCondition(condition: Condition): string {
  switch (condition.kind) {
    case 'constant':
      return condition.value ? '1' : '0';
    case 'symbol':
      return condition.name;
    case 'open':
      return condition.text;
    case 'not': {
      const { operand } = condition;
      const simple = operand.kind === 'symbol' || operand.kind === 'constant';
      return simple ? `!${formatCondition(operand)}` : `!(${formatCondition(operand)})`;
    }
    case 'and':
    case 'or': {
      const sign = condition.kind === 'and' ? '&&' : '||';
      const side = (part: Condition): string =>
        (part.kind === 'and' || part.kind === 'or') && part.kind !== condition.kind
          ? `(${formatCondition(part)})`
          : formatCondition(part);
      return `${side(condition.left)} ${sign} ${side(condition.right)}`;
    }
  }
}

/**
 * Sets in `known` the symbols that a condition fixes when it holds. A disjunction fixes none, so a later `decide` may
 * leave open what full logic would decide, but never decides wrongly.
 */
export function assume(condition: Condition, known: Map<string, boolean>, holds = true): void {
  if (condition.kind === 'symbol') known.set(condition.name, holds);
  else if (condition.kind === 'open') known.set(condition.text, holds);
  else if (condition.kind === 'not') assume(condition.operand, known, !holds);
  else if (condition.kind === (holds ? 'and' : 'or')) {
    assume(condition.left, known, holds);
    assume(condition.right, known, holds);
  }
}
