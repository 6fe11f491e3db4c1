import type { Node } from '../../syntax/parser';
import type { CType } from '../ir/ir';
import { baseType, declaredType, readDeclarator, typeOf } from '../lower/types';

/** The declarations of a file under construction. */
export interface Declarations {
  /** The text of the file. */
  readonly text: string;
  /** The members to which the file stores. */
  stored(): ReadonlySet<string>;
  readonly structs: Map<string, Map<string, CType>>;
  readonly globals: Map<string, CType>;
  readonly tables: Map<string, string>;
  readonly mutableMembers: Set<string>;
  readonly typedefs: Map<string, CType>;
  readonly deviceIds: string[];
}

/** Adds the structures, variables, typedefs, constant tables and VMBus device ids of one top-level declaration. */
export function addDeclaration(draft: Declarations, node: Node): void {
  const { text, type } = node;
  if (type === 'comment') return;
  if (/\b(?:struct|union)\s+\w+\s*\{/.test(text)) addStructs(node, draft.structs);
  if (type === 'type_definition') {
    const declarator = readDeclarator(node.childForFieldName('declarator'));
    if (declarator.name !== null && !declarator.parameters)
      draft.typedefs.set(declarator.name, declaredType(baseType(node), declarator));
  }
  if (type !== 'declaration') return;
  if (/\bhv_vmbus_device_id\b/.test(text)) {
    // from the original text: masking may have blanked all of a table except its functions
    const own = draft.text.slice(node.startIndex, node.endIndex);
    draft.deviceIds.push(...(own.match(/\bHV_\w+_GUID\b/g) ?? []));
  }
  const base = baseType(node);
  for (const child of node.namedChildren) {
    const kind = child.type;
    if (!kind.endsWith('declarator') && kind !== 'identifier') continue;
    const initialized = kind === 'init_declarator';
    const value = initialized ? child.childForFieldName('value') : null;
    const declarator = readDeclarator(initialized ? child.childForFieldName('declarator') : child);
    if (declarator.name === null || declarator.parameters) continue;
    draft.globals.set(declarator.name, declaredType(base, declarator));
    if (value?.type === 'initializer_list') addTable(draft, declarator.name, value, /\bconst\b/.test(text));
  }
}

/**
 * Adds the functions in a table: `static const struct ops t = { .prepare = lab_prepare }`. A table that is not constant is
 * included if no code of the file stores to a member of that name.
 */
function addTable(draft: Declarations, name: string, list: Node, constant: boolean): void {
  for (const pair of list.namedChildren) {
    const member =
      pair?.type === 'initializer_pair' ? pair.childForFieldName('designator')?.text.replace(/^\./, '') : null;
    const value = pair?.childForFieldName('value');
    if (!member || value?.type !== 'identifier') continue;
    if (!constant) draft.mutableMembers.add(member);
    if (constant || !draft.stored().has(member)) draft.tables.set(`${name}.${member}`, value.text);
  }
}

/** The members to which a text stores, other than by an initializer. */
export function storedMembers(text: string): ReadonlySet<string> {
  return new Set([...text.matchAll(/[\w)\]](?:\.|->)(\w+)\s*=(?!=)/g)].map(([, member = '']) => member));
}

function addStructs(node: Node, structs: Map<string, Map<string, CType>>): void {
  const kinds = ['struct_specifier', 'union_specifier'];
  for (const specifier of [...(kinds.includes(node.type) ? [node] : []), ...node.descendantsOfType(kinds)]) {
    const tag = specifier?.childForFieldName('name')?.text;
    const body = specifier?.childForFieldName('body');
    if (!specifier || !tag || !body) continue;
    const members = new Map<string, CType>();
    addMembers(body, members);
    structs.set(`${specifier.type === 'struct_specifier' ? 'struct' : 'union'} ${tag}`, members);
  }
}

function addMembers(body: Node, members: Map<string, CType>): void {
  for (const declaration of body.namedChildren) {
    const kind = declaration.type;
    if (kind !== 'field_declaration') {
      if (kind.startsWith('preproc_')) addMembers(declaration, members);
      continue;
    }
    const type = declaration.childForFieldName('type');
    const base = typeOf(type ?? declaration);
    let named = false;
    for (const child of declaration.namedChildren) {
      if (child.id === type?.id || !/declarator$|^field_identifier$/.test(child.type)) continue;
      const declarator = readDeclarator(child);
      if (declarator.name === null) continue;
      named = true;
      members.set(
        declarator.name,
        declarator.parameters ? { name: 'function', pointers: 1 } : declaredType(base, declarator),
      );
    }
    // members of an unnamed structure belong to the outer one
    const inner = named ? null : type?.childForFieldName('body');
    if (inner) addMembers(inner, members);
  }
}
