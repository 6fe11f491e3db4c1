import type { Node } from '../../syntax/parser';
import { unknownType } from '../ir/ir';
import type { FunctionIr, Variable } from '../ir/ir';
import type { Source } from './builder';
import { build, createBuilder, declare, terminate } from './builder';
import { emitPendingJumps } from './scopes';
import { lowerStatement } from './statements';
import { baseType, declaredType, readDeclarator } from './types';

/** An empty function, used for one that cannot be lowered. */
export const emptyFunction: FunctionIr = {
  name: '?',
  parameters: [],
  variables: new Map(),
  storage: new Map(),
  returns: unknownType,
  blocks: [{ ops: [], end: { k: 'return', value: null, at: { start: 0, end: 0 } } }],
  order: [0],
  gaps: [],
};

/** The name of a function definition; null in broken code. */
export function functionName(definition: Node): string | null {
  return readDeclarator(definition.childForFieldName('declarator')).name;
}

/**
 * Lowers one function definition. Never throws on invalid C: `gaps` lists what could not be lowered.
 * `source` describes what masking rewrote.
 */
export function lowerFunction(definition: Node, source: Source): FunctionIr {
  const declarator = readDeclarator(definition.childForFieldName('declarator'));
  const b = createBuilder(declarator.name ?? '?', definition.startIndex, source);
  const parameters: Variable[] = [];
  for (const parameter of declarator.parameters?.namedChildren ?? []) {
    if (parameter?.type !== 'parameter_declaration') continue;
    const inner = readDeclarator(parameter.childForFieldName('declarator'));
    const type = declaredType(baseType(parameter), inner);
    if (inner.name === null) continue;
    parameters.push({
      name: declare(b, inner.name, inner.array ? { ...type, pointers: type.pointers + 1 } : type),
      type,
    });
  }
  lowerStatement(b, definition.childForFieldName('body'));
  terminate(
    b,
    {
      k: 'return',
      value: null,
      at: { start: definition.endIndex - b.origin - 1, end: definition.endIndex - b.origin },
    },
    b.current,
  );
  emitPendingJumps(b);
  return build(b, parameters, declaredType(baseType(definition), declarator));
}
