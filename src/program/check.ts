/** Returns what is wrong with `value`, as the rest of a sentence about it, or null. */
export type Check = (value: unknown) => string | null;

/** A part of the JSON schema. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** The allowed values, for the validator and for the JSON schema. */
export interface Shape {
  readonly check: Check;
  readonly schema: JsonSchema;
}

/** The members of an object, with their allowed values and whether they are required. */
export type Members = Readonly<Record<string, Shape & { readonly required: boolean }>>;

const shown = 40;

/** A value for an error message, shortened. */
export function describe(value: unknown): string {
  if (value === undefined) return 'missing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = typeof value === 'string' ? `"${value}"` : String(value);
  return text.length > shown ? `${text.slice(0, shown)}…` : text;
}

/** True for an object that is not a list. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unless(ok: (value: unknown) => boolean, wanted: string): Check {
  return (value) => (ok(value) ? null : `must be ${wanted}, not ${describe(value)}`);
}

/** One of the values listed. */
export function oneOf(allowed: readonly (string | number)[]): Shape {
  const wanted = allowed.length === 1 ? String(allowed[0]) : `one of ${allowed.join(', ')}`;
  return {
    check: unless((value) => allowed.includes(value as string | number), wanted),
    schema: { enum: [...allowed] },
  };
}

/** A whole number in a range, both ends included. */
export function integer(minimum: number, maximum: number): Shape {
  const ok = (value: unknown): boolean =>
    Number.isInteger(value) && (value as number) >= minimum && (value as number) <= maximum;
  return {
    check: unless(ok, `an integer from ${minimum} to ${maximum}`),
    schema: { type: 'integer', minimum, maximum },
  };
}

export const boolean: Shape = {
  check: unless((value) => typeof value === 'boolean', 'true or false'),
  schema: { type: 'boolean' },
};

export const anyText: Shape = {
  check: unless((value) => typeof value === 'string', 'a string'),
  schema: { type: 'string' },
};

/** A string of 1 to `maximum` characters. */
export function name(maximum: number): Shape {
  const ok = (value: unknown): boolean => {
    if (typeof value !== 'string' || value.length > 2 * maximum) return false;
    const characters = [...value].length;
    return characters >= 1 && characters <= maximum;
  };
  return {
    check: unless(ok, `a name of 1 to ${maximum} characters`),
    schema: { type: 'string', minLength: 1, maxLength: maximum },
  };
}

/** A string that matches `pattern`. */
export function matching(pattern: string, wanted: string): Shape {
  const expression = new RegExp(pattern, 'u');
  return {
    check: unless((value) => typeof value === 'string' && expression.test(value), wanted),
    schema: { type: 'string', pattern },
  };
}

/** The shape or null. */
export function nullable(shape: Shape): Shape {
  return {
    check: (value) => (value === null ? null : shape.check(value)),
    schema: { anyOf: [shape.schema, { type: 'null' }] },
  };
}

/** A list of `minimum` to `maximum` elements. */
export function list(element: Shape, minimum: number, maximum: number): Shape {
  const check: Check = (value) => {
    if (!Array.isArray(value)) return `must be a list, not ${describe(value)}`;
    if (value.length < minimum) return `must have at least ${minimum} element${minimum === 1 ? '' : 's'}`;
    if (value.length > maximum) return `has ${value.length} elements; at most ${maximum} are allowed`;
    for (let i = 0; i < value.length; i++) {
      const problem = element.check(value[i]);
      if (problem !== null) return `element ${i + 1} ${problem}`;
    }
    return null;
  };
  return { check, schema: { type: 'array', items: element.schema, minItems: minimum, maxItems: maximum } };
}

/** An object with these members and no others. */
export function object(members: Members): Shape {
  const check: Check = (value) => {
    if (!isObject(value)) return `must be an object, not ${describe(value)}`;
    const problem = checkMembers(value, members);
    return problem === null ? null : `is invalid: ${problem}`;
  };
  return { check, schema: objectSchema(members) };
}

/** A required member. */
export function required(shape: Shape): Shape & { readonly required: true } {
  return { ...shape, required: true };
}

/** An optional member. */
export function optional(shape: Shape): Shape & { readonly required: false } {
  return { ...shape, required: false };
}

/** The JSON schema of an object with `members`. */
export function objectSchema(members: Members): JsonSchema {
  const entries = Object.entries(members);
  return {
    type: 'object',
    properties: Object.fromEntries(entries.map(([member, shape]) => [member, shape.schema])),
    required: entries.filter(([, shape]) => shape.required).map(([member]) => member),
    additionalProperties: false,
  };
}

/** What is wrong with the members of `value`, as a sentence, or null. */
export function checkMembers(value: Record<string, unknown>, members: Members): string | null {
  for (const [member, shape] of Object.entries(members)) {
    const given = Object.hasOwn(value, member) ? value[member] : undefined;
    if (given === undefined) {
      if (shape.required) return `${member} is missing`;
      continue;
    }
    const problem = shape.check(given);
    if (problem !== null) return `${member} ${problem}`;
  }
  for (const member of Object.keys(value)) {
    if (Object.hasOwn(members, member)) continue;
    return `unknown member ${describe(member)}; allowed are ${Object.keys(members).join(', ')}`;
  }
  return null;
}
