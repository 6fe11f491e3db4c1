import { objectSchema, type JsonSchema } from './check';
import { limits } from './limits';
import { programShape, stepShapes } from './shapes';

/** The schema of one step: its op, then what that op has. */
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
 * The JSON schema (draft-07) of a program file, made from the shapes the validator checks. `schema.json` holds it for
 * editors; a test keeps the two the same.
 */
export function programSchema(): JsonSchema {
  const frame = objectSchema(programShape);
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'DMA program',
    description: 'What happens to devices along one path on one machine; see docs/simulator.md.',
    ...frame,
    properties: {
      ...(frame.properties as JsonSchema),
      steps: { type: 'array', items: stepSchema(), maxItems: limits.steps },
    },
    required: [...(frame.required as string[]), 'steps'],
  };
}
