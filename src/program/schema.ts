import { objectSchema, type JsonSchema } from './check';
import { limits } from './limits';
import { programShape, stepShapes } from './shapes';

/** The schema of one step: its op, then the members of that op. */
function stepSchema(): JsonSchema {
  const ops = Object.entries(stepShapes);
  return {
    type: 'object',
    properties: { op: { enum: ops.map(([op]) => op) } },
    required: ['op'],
    allOf: ops.map(([op, members]) => ({
      if: { properties: { op: { const: op } }, required: ['op'] },
      then: objectSchema(members),
    })),
  };
}

/**
 * The JSON schema (draft-07) of a program file, made from the shapes that the validator checks. `schema.json` is a copy for
 * editors; a test checks that it is up to date.
 */
export function programSchema(): JsonSchema {
  const frame = objectSchema(programShape);
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'DMA program',
    description: 'The steps of one device path on one machine; see docs/simulator.md.',
    ...frame,
    properties: {
      ...(frame.properties as JsonSchema),
      steps: { type: 'array', items: stepSchema(), maxItems: limits.steps },
    },
    required: [...(frame.required as string[]), 'steps'],
  };
}
