/** The project file `coco-dma.json`: shared settings and suppressions for a tree. */
import { isRecord, readLayer, type Layer, type Names } from './settings';

/** The project file's name at the root of the kernel tree. */
export const projectFileName = 'coco-dma.json';

/** A suppression in the project file. */
export interface ProjectSuppression {
  readonly rule: string;
  /** Relative to the project file's folder. */
  readonly file: string;
  /** Null: anywhere in the file. */
  readonly function: string | null;
  readonly reason: string;
  /** The 1-based position of the entry in the project file. */
  readonly line: number;
  readonly column: number;
}

/** The contents of a project file. */
export interface Project {
  readonly layer: Layer;
  readonly suppress: readonly ProjectSuppression[];
}

/** Keys that are not settings. */
const ownKeys: readonly string[] = ['$schema', 'suppress'];

const lineColumn = (text: string, offset: number): { line: number; column: number } => {
  const before = text.slice(0, offset);
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
};

/** A JSON syntax error with its line and column instead of the engine's offset. */
function parseError(text: string, error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const [, offset] = / at position (\d+)/.exec(message) ?? [];
  const place = offset === undefined ? null : lineColumn(text, Number(offset));
  const what = message.replace(/ (in JSON )?at position \d+.*$/s, '').replace(/, ".*" is not valid JSON$/s, '');
  return `not JSON: ${what}${place ? ` at line ${place.line}, column ${place.column}` : ''}`;
}

/** Offsets of the elements of the top-level array `key`. */
function elementsOf(text: string, key: string): number[] {
  const elements: number[] = [];
  let depth = 0;
  let inside = false;
  let name = '';
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],]|[^\s{}[\],":]+/g)) {
    if (inside && depth === 2 && token !== ',' && token !== ']') elements.push(index);
    if (depth === 1 && token.startsWith('"')) name = token;
    if (token === '[' && depth === 1) inside = name === JSON.stringify(key);
    if (token === '{' || token === '[') depth++;
    if (token === '}' || token === ']') depth--;
    if (depth === 1) inside = inside && token !== ']';
  }
  return elements;
}

const suppressionKeys: readonly string[] = ['rule', 'file', 'function', 'reason'];

function readSuppression(
  value: unknown,
  report: (what: string) => void,
): Omit<ProjectSuppression, 'line' | 'column'> | null {
  if (!isRecord(value)) {
    report('must be an object with rule, file, function and reason');
    return null;
  }
  for (const key of Object.keys(value))
    if (!suppressionKeys.includes(key))
      report(`has unknown member '${key}'; allowed are ${suppressionKeys.join(', ')}`);
  const { rule, file, function: name = null, reason = '' } = value;
  if (typeof rule !== 'string' || rule === '') report("is missing 'rule', the id of a rule");
  else if (typeof file !== 'string' || file === '')
    report("is missing 'file', relative to the folder of the project file");
  else if (name !== null && typeof name !== 'string') report("'function' must be the name of a function");
  else if (typeof reason !== 'string') report("'reason' must be a text");
  else return { rule, file, function: name, reason: reason.trim() };
  return null;
}

function readSuppressions(value: unknown, text: string, problems: string[]): ProjectSuppression[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) {
    problems.push('suppress: must be a list');
    return [];
  }
  const offsets = elementsOf(text, 'suppress');
  return value.flatMap((each: unknown, index) => {
    const read = readSuppression(each, (what) => void problems.push(`suppress[${index}]: ${what}`));
    return read ? [{ ...read, ...lineColumn(text, offsets[index] ?? 0) }] : [];
  });
}

/** Reads the text of a project file. `problems` are the errors in it, one line each; the rest is still valid. */
export function readProject(text: string, names: Names): { project: Project; problems: readonly string[] } {
  const nothing: Project = { layer: {}, suppress: [] };
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (error) {
    return { project: nothing, problems: [parseError(text, error)] };
  }
  if (!isRecord(value)) return { project: nothing, problems: ['must contain one JSON object, { … }'] };
  const settings = Object.fromEntries(Object.entries(value).filter(([key]) => !ownKeys.includes(key)));
  const { layer, problems: wrong } = readLayer(settings, names, '');
  const problems = [...wrong];
  return { project: { layer, suppress: readSuppressions(value['suppress'], text, problems) }, problems };
}
