import type { Node } from '../../syntax/parser';
import type { CType } from '../ir/ir';
import { unknownType } from '../ir/ir';

/** The parts of a declarator: the declared name, the number of pointers, and whether it is an array or a function. */
export interface Declarator {
  readonly name: string | null;
  readonly pointers: number;
  readonly array: boolean;
  readonly parameters: Node | null;
}

/** The base type of a declaration, parameter, field or cast. */
export function baseType(node: Node | null): CType {
  return node ? typeOf(node.childForFieldName('type') ?? node) : unknownType;
}

/** The type of a type specifier. */
export function typeOf(type: Node): CType {
  const kind = type.type;
  switch (kind) {
    case 'struct_specifier':
    case 'union_specifier': {
      const tag = type.childForFieldName('name');
      return { name: tag ? `${kind === 'struct_specifier' ? 'struct' : 'union'} ${tag.text}` : '?', pointers: 0 };
    }
    case 'enum_specifier':
      return { name: 'enum', pointers: 0 };
    case 'primitive_type':
    case 'type_identifier':
    case 'sized_type_specifier':
      return { name: type.text.replace(/\s+/g, ' '), pointers: 0 };
    default:
      return unknownType;
  }
}

/** Reads a declarator through pointers, arrays, parentheses and function parameters. */
export function readDeclarator(node: Node | null): Declarator {
  let pointers = 0;
  let array = false;
  let parameters: Node | null = null;
  let at: Node | null = node;
  while (at) {
    switch (at.type) {
      case 'identifier':
      case 'field_identifier':
      case 'type_identifier':
        return { name: at.text, pointers, array, parameters };
      case 'pointer_declarator':
      case 'abstract_pointer_declarator':
        pointers++;
        break;
      case 'array_declarator':
      case 'abstract_array_declarator':
        array = true;
        break;
      case 'function_declarator':
        parameters ??= at.childForFieldName('parameters');
        break;
    }
    at = at.childForFieldName('declarator') ?? innerDeclarator(at);
  }
  return { name: null, pointers, array, parameters };
}

/** The type of a name declared with `declarator` on `base`; for an array, the type of its elements. */
export function declaredType(base: CType, declarator: Declarator): CType {
  return { name: base.name, pointers: base.pointers + declarator.pointers };
}

function innerDeclarator(node: Node): Node | null {
  // parenthesized_declarator and attributed_declarator have no named field
  for (const child of node.namedChildren) {
    const { type } = child;
    if (type.endsWith('declarator') || type === 'identifier' || type === 'field_identifier') return child;
  }
  return null;
}
