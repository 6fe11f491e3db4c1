/** Says what is wrong with `value` (as the rest of a sentence about it), or null when nothing is. */
export type Check = (value: unknown) => string | null;

/** The members of an object and how each is checked. */
export type Members = Readonly<Record<string, { readonly check: Check; readonly required: boolean }>>;

const shown = 40;

/** A value as an error message quotes it: short, whatever was given. */
export function describe(value: unknown): string {
  if (value === undefined) return 'missing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value === 'number') return String(value);
  const text = typeof value === 'string' ? `"${value}"` : String(value);
  return text.length > shown ? `${text.slice(0, shown)}…` : text;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unless(ok: (value: unknown) => boolean, wanted: string): Check {
  return (value) => (ok(value) ? null : `must be ${wanted}, not ${describe(value)}`);
}

export function oneOf(allowed: readonly (string | number)[]): Check {
  return unless((value) => allowed.includes(value as string | number), `one of ${allowed.join(', ')}`);
}

export function integer(minimum: number, maximum: number): Check {
  return unless(
    (value) => Number.isInteger(value) && (value as number) >= minimum && (value as number) <= maximum,
    `an integer from ${minimum} to ${maximum}`,
  );
}

export const boolean: Check = unless((value) => typeof value === 'boolean', 'true or false');

export function matching(pattern: RegExp, wanted: string): Check {
  return unless((value) => typeof value === 'string' && pattern.test(value), wanted);
}

export function nullable(check: Check): Check {
  return (value) => (value === null ? null : check(value));
}

/** A list of `minimum` to `maximum` elements, each checked. */
export function list(check: Check, minimum: number, maximum: number): Check {
  return (value) => {
    if (!Array.isArray(value)) return `must be a list, not ${describe(value)}`;
    if (value.length < minimum) return `must have at least ${minimum} element${minimum === 1 ? '' : 's'}`;
    if (value.length > maximum) return `has ${value.length} elements, more than the ${maximum} a run allows`;
    for (let i = 0; i < value.length; i++) {
      const problem = check(value[i]);
      if (problem !== null) return `element ${i + 1} ${problem}`;
    }
    return null;
  };
}

/** An object with exactly these members. */
export function object(members: Members): Check {
  return (value) => {
    if (!isObject(value)) return `must be an object, not ${describe(value)}`;
    const problem = checkMembers(value, members);
    return problem === null ? null : `is wrong: ${problem}`;
  };
}

export function required(check: Check): { readonly check: Check; readonly required: true } {
  return { check, required: true };
}

export function optional(check: Check): { readonly check: Check; readonly required: false } {
  return { check, required: false };
}

/** What is wrong with the members of `value`, as a sentence, or null. */
export function checkMembers(value: Record<string, unknown>, members: Members): string | null {
  for (const [name, { check, required: needed }] of Object.entries(members)) {
    if (!Object.hasOwn(value, name)) {
      if (needed) return `${name} is missing`;
      continue;
    }
    const problem = check(value[name]);
    if (problem !== null) return `${name} ${problem}`;
  }
  for (const name of Object.keys(value)) {
    if (!Object.hasOwn(members, name)) {
      return `unknown member ${describe(name)}; known are ${Object.keys(members).join(', ')}`;
    }
  }
  return null;
}
