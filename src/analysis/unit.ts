import type { Node } from '../syntax/parser';
import type { CParser, SyntaxTree } from '../syntax/parser';
import { parseC } from '../syntax/parser';
import type { FunctionPlace } from './events';
import type { CType, FunctionIr } from './ir';
import { functionName, lowerFunction } from './lower/file';
import { baseType, declaredType, readDeclarator } from './lower/types';

/** One function of a source file. Its lowered form is made on first use and survives edits elsewhere in the file. */
export interface FunctionUnit {
  readonly place: FunctionPlace;
  readonly text: string;
  readonly isStatic: boolean;
  /** Every identifier in it: the prefilter for «does it call …», «does it name …». */
  readonly words: ReadonlySet<string>;
  /** True when the syntax tree has an error inside the function. */
  readonly broken: boolean;
  ir(): FunctionIr;
}

/** A parsed source file: its functions, structures, macros and includes. */
export interface SourceUnit {
  readonly path: string;
  readonly text: string;
  readonly functions: ReadonlyMap<string, FunctionUnit>;
  readonly includes: readonly Include[];
  /** Members of structures defined here, by `struct tag`. */
  readonly structs: ReadonlyMap<string, ReadonlyMap<string, CType>>;
  /** Function-like macros by name. */
  readonly macros: ReadonlyMap<string, FunctionUnit>;
  /** Identifiers that are used other than by being called: their address may be taken. */
  readonly addressTaken: ReadonlySet<string>;
  /** GUID macros of the VMBus devices that the file's id tables name. */
  readonly deviceIds: readonly string[];
}

export interface Include {
  readonly name: string;
  readonly system: boolean;
}

/**
 * Parses a file and lowers nothing yet. `previous` is the same file before an edit: functions whose text did not change
 * are carried over with all that is known of them. Never throws on bad C.
 */
export function readUnit(parser: CParser, path: string, text: string, previous?: SourceUnit): SourceUnit {
  const tree = parseC(parser, text);
  if (!tree) throw new Error(`parsing ${path} was cancelled`);
  try {
    return collect(parser, path, text, tree, previous);
  } finally {
    tree.dispose();
  }
}

function collect(parser: CParser, path: string, text: string, tree: SyntaxTree, previous?: SourceUnit): SourceUnit {
  const functions = new Map<string, FunctionUnit>();
  const structs = new Map<string, Map<string, CType>>();
  const macros = new Map<string, FunctionUnit>();
  const includes: Include[] = [];
  const deviceIds: string[] = [];
  const macroAt = rewrittenAt(tree);
  for (const node of topLevel(tree.root)) {
    switch (node.type) {
      case 'function_definition': {
        const unit = functionUnit(path, text, node, macroAt, previous);
        // of two definitions under different configurations, the first one counts
        if (unit && !functions.has(unit.place.name)) functions.set(unit.place.name, unit);
        break;
      }
      case 'preproc_include': {
        const name = node.childForFieldName('path');
        if (name) includes.push({ name: name.text.slice(1, -1), system: name.type === 'system_lib_string' });
        break;
      }
      case 'preproc_function_def': {
        const unit = macroUnit(parser, path, node);
        if (unit) macros.set(unit.place.name, unit);
        break;
      }
      default:
        if (node.type === 'declaration' && /\bhv_vmbus_device_id\b/.test(node.text)) deviceIds.push(...(node.text.match(/\bHV_\w+_GUID\b/g) ?? []));
        if (/struct\s+\w+\s*\{|union\s+\w+\s*\{/.test(node.text)) collectStructs(node, structs);
    }
  }
  return { path, text, functions, includes, structs, macros, addressTaken: findAddressTaken(text, functions), deviceIds };
}

/** Top-level items, looking into `#if`, `extern "C"` and what a parse error swallowed. */
function topLevel(node: Node): Node[] {
  return node.namedChildren.flatMap((child) => {
    if (!child) return [];
    const nested = ['preproc_if', 'preproc_ifdef', 'preproc_else', 'preproc_elif', 'linkage_specification', 'declaration_list', 'ERROR'];
    return nested.includes(child.type) ? topLevel(child) : [child];
  });
}

/** The true names of statement macros that masking rewrote, and the places of case ranges, by offset. */
function rewrittenAt(tree: SyntaxTree): (offset: number) => string | undefined {
  const names = new Map<number, string>();
  for (const macro of tree.statements) names.set(macro.start, macro.name);
  for (const range of tree.caseRanges) names.set(caseValueStart(tree.text, range.start), '...');
  return (offset) => names.get(offset);
}

function caseValueStart(text: string, rangeStart: number): number {
  const at = text.lastIndexOf('case', rangeStart);
  return at + 4 + (/^\s*/.exec(text.slice(at + 4, rangeStart))?.[0].length ?? 0);
}

function functionUnit(
  path: string,
  text: string,
  node: Node,
  macroAt: (offset: number) => string | undefined,
  previous?: SourceUnit,
): FunctionUnit | null {
  const name = functionName(node);
  if (name === null) return null;
  const own = text.slice(node.startIndex, node.endIndex);
  const known = previous?.functions.get(name);
  if (known?.text === own) {
    known.place.origin = node.startIndex;
    return known;
  }
  const place: FunctionPlace = { file: path, name, origin: node.startIndex };
  const head = text.slice(node.startIndex, node.childForFieldName('body')?.startIndex ?? node.endIndex);
  const ir = lowerFunction(node, macroAt);
  return {
    place,
    text: own,
    isStatic: /\bstatic\b/.test(head),
    words: new Set(own.match(/[A-Za-z_]\w*/g)),
    broken: node.hasError,
    ir: () => ir,
  };
}

/** A function-like macro as a function whose parameters are passed by value; null when its body is no C on its own. */
function macroUnit(parser: CParser, path: string, node: Node): FunctionUnit | null {
  const name = node.childForFieldName('name')?.text;
  const body = node.childForFieldName('value')?.text.replace(/\\\r?\n/g, ' ').trim();
  const parameters = node.childForFieldName('parameters')?.namedChildren.map((child) => child?.text ?? '');
  if (!name || !body || !parameters || body.length > 400 || /#|__VA_ARGS__|\.\.\./.test(body)) return null;
  const head = `static void ${name}(${parameters.map((parameter) => `void *${parameter}`).join(', ')}) `;
  const statements = /^do\s*\{|[;{]/.test(body) && !/^\(\{/.test(body);
  const text = statements ? `${head}{ ${body}; }` : `${head}{ return ${body}; }`;
  let lowered: FunctionIr | null = null;
  return {
    place: { file: path, name, macro: true, origin: node.startIndex },
    text,
    isStatic: true,
    words: new Set(body.match(/[A-Za-z_]\w*/g)),
    broken: false,
    ir: () => (lowered ??= lowerText(parser, text)),
  };
}

function lowerText(parser: CParser, text: string): FunctionIr {
  const tree = parseC(parser, text);
  if (!tree) throw new Error('parsing a macro was cancelled');
  try {
    const definition = topLevel(tree.root).find((node) => node.type === 'function_definition');
    if (!definition) throw new Error('a macro made no function');
    return lowerFunction(definition, rewrittenAt(tree));
  } finally {
    tree.dispose();
  }
}

function collectStructs(node: Node, structs: Map<string, Map<string, CType>>): void {
  for (const specifier of node.descendantsOfType(['struct_specifier', 'union_specifier'])) {
    const tag = specifier?.childForFieldName('name')?.text;
    const body = specifier?.childForFieldName('body');
    if (!specifier || !tag || !body) continue;
    const members = new Map<string, CType>();
    collectMembers(body, members);
    structs.set(`${specifier.type === 'struct_specifier' ? 'struct' : 'union'} ${tag}`, members);
  }
}

function collectMembers(body: Node, members: Map<string, CType>): void {
  for (const declaration of body.namedChildren) {
    if (!declaration) continue;
    if (declaration.type !== 'field_declaration') {
      if (declaration.type.startsWith('preproc_')) collectMembers(declaration, members);
      continue;
    }
    const base = baseType(declaration);
    const type = declaration.childForFieldName('type');
    let named = false;
    for (const child of declaration.namedChildren) {
      if (!child || child.id === type?.id || !/declarator$|^field_identifier$/.test(child.type)) continue;
      const declarator = readDeclarator(child);
      if (declarator.name === null) continue;
      named = true;
      members.set(declarator.name, declarator.parameters ? { name: 'function', pointers: 1 } : declaredType(base, declarator));
    }
    // members of an unnamed structure belong to the outer one
    const inner = type?.childForFieldName('body');
    if (!named && inner) collectMembers(inner, members);
  }
}

/** Function names that occur somewhere other than in a call, a definition or a declaration: `.probe = lab_probe`. */
function findAddressTaken(text: string, functions: ReadonlyMap<string, FunctionUnit>): Set<string> {
  const taken = new Set<string>();
  for (const match of text.matchAll(/(?:[=,({&?:]|return)\s*&?([A-Za-z_]\w*)\s*[,;)}]/g)) {
    const name = match[1];
    if (name !== undefined && functions.has(name)) taken.add(name);
  }
  return taken;
}
