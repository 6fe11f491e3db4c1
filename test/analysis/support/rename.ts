/** Renames everything in a fixture that the kernel's headers do not name, keeping every offset. */

const keywords = new Set(
  (
    'auto break case char const continue default do double else enum extern float for goto if inline int long register ' +
    'restrict return short signed sizeof static struct switch typedef union unsigned void volatile while asm typeof ' +
    '__attribute__ __asm__ __typeof__ _Bool NULL size_t offsetof ptrdiff_t va_list __VA_ARGS__ define undef include ifdef ' +
    'ifndef if elif else endif defined pragma error __unused__ __always_inline __packed u8 main'
  ).split(' '),
);

type Kind = 'word' | 'field' | 'other';
interface Token {
  readonly kind: Kind;
  readonly text: string;
}

const lexer =
  /(\/\*[\s\S]*?(?:\*\/|$)|\/\/(?:[^\n\\]|\\[\s\S])*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|^[ \t]*#[ \t]*include[^\n]*|\.\.\.|->|[A-Za-z_]\w*|\d[\w.]*|\s+|.)/gm;

/** Macros whose last argument names a member. */
const memberMacros = new Set([
  'container_of',
  'container_of_const',
  'offsetof',
  'list_entry',
  'list_first_entry',
  'list_next_entry',
  'list_for_each_entry',
]);

interface Scan {
  readonly tokens: Token[];
  readonly braces: boolean[];
  readonly calls: { name: string; depth: number }[];
  depth: number;
}

/** Splits C into tokens and tells the names of members from other names. */
export function tokenize(text: string): Token[] {
  const scan: Scan = { tokens: [], braces: [], calls: [], depth: 0 };
  const raw = text.match(lexer) ?? [];
  const solid = raw.map((part) => !/^(\s|\/\*|\/\/)/.test(part));
  const neighbour = (from: number, step: 1 | -1): string => {
    for (let i = from + step; i >= 0 && i < raw.length; i += step) if (solid[i]) return raw[i] ?? '';
    return '';
  };
  let sawStruct = false;
  raw.forEach((part, index) => {
    if (/^(struct|union)$/.test(part)) sawStruct = true;
    else if (/^[;)]$/.test(part)) sawStruct = false;
    if (part === '(') scan.calls.push({ name: neighbour(index, -1), depth: scan.depth++ });
    if (part === ')') {
      scan.calls.pop();
      scan.depth--;
    }
    if (part === '{') scan.braces.push(sawStruct && /^\w+$/.test(neighbour(index, -1)));
    if (part === '}') scan.braces.pop();
    if (part === '{' || part === '=') sawStruct = false;
    const name = /^[A-Za-z_]/.test(part);
    scan.tokens.push({
      text: part,
      kind: name ? kindOf(part, neighbour(index, -1), neighbour(index, 1), scan) : 'other',
    });
  });
  return scan.tokens;
}

function kindOf(name: string, before: string, after: string, { braces, calls }: Scan): Kind {
  if (keywords.has(name)) return 'other';
  if (before === '.' || before === '->') return 'field';
  if (/^(struct|union|enum)$/.test(before)) return 'word';
  const call = calls.at(-1);
  if (call && memberMacros.has(call.name) && after === ')' && before === ',') return 'field';
  // In a struct body, what stands before ; , [ : or ) declares a member.
  const inStruct = braces.at(-1) === true && (calls.length === 0 || before === '*');
  return inStruct && /^[;,[:)]$/.test(after) ? 'field' : 'word';
}

/** The names that headers declare: members apart from everything else. */
export interface KernelNames {
  readonly words: ReadonlySet<string>;
  readonly fields: ReadonlySet<string>;
}

/** Collects the names of headers, leaving out those of parameters and what stands in function and macro bodies. */
export function kernelNames(headers: readonly string[]): KernelNames {
  const found = { words: new Set<string>(), fields: new Set<string>() };
  for (const header of headers) {
    const plain = header.replace(/\\\n/g, '  ').replace(/^(#define\s+\w+).*$/gm, '$1');
    const tokens = tokenize(plain).filter(({ text }) => !/^(\s|\/\*|\/\/)/.test(text));
    let parens = 0;
    let body = 0;
    tokens.forEach(({ kind, text }, index) => {
      const before = tokens[index - 1]?.text ?? '';
      if (text === '{' && (body > 0 || before === ')')) body++;
      if (text === '}' && body > 0) body--;
      if (body > 0) return;
      if (text === '(') parens++;
      if (text === ')') parens--;
      if (kind === 'field') found.fields.add(text);
      const parameter =
        parens > 0 && /^[,)]$/.test(tokens[index + 1]?.text ?? '') && !/^(struct|enum|\()$/.test(before);
      if (kind === 'word' && !parameter) found.words.add(text);
    });
  }
  return found;
}

/** A stable number for a name and a try. */
function hash(text: string): number {
  let value = 2166136261;
  for (const char of text) value = Math.imul(value ^ char.charCodeAt(0), 16777619) >>> 0;
  return value;
}

/** A name of the same length and case that is not taken. */
function newName(name: string, taken: ReadonlySet<string>): string {
  const upper = name === name.toUpperCase();
  for (let attempt = 0; attempt < 1000; attempt++) {
    let seed = hash(`${name} ${attempt}`);
    const letters = [...name].map(() => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return String.fromCharCode((upper ? 65 : 97) + ((seed >>> 16) % 26));
    });
    const result = letters.join('');
    if (!taken.has(result)) return result;
  }
  throw new Error(`no new name for ${name}`);
}

const reserved = (name: string) => /^(__|CONFIG_)/.test(name);

/** Renames the texts together; answers them and what each name became. */
export function rename(
  texts: readonly string[],
  kernel: KernelNames,
  keep: readonly string[],
): { readonly texts: readonly string[]; readonly names: ReadonlyMap<string, string> } {
  const files = texts.map(tokenize);
  const taken = new Set([...kernel.words, ...kernel.fields, ...keywords, ...keep]);
  for (const { text } of files.flat()) taken.add(text);
  const names = new Map<string, string>();
  const stays = ({ kind, text }: Token) =>
    kind === 'other' ||
    reserved(text) ||
    keep.includes(text) ||
    (kind === 'field' ? kernel.fields.has(text) : kernel.words.has(text));
  const map = (token: Token): string => {
    if (stays(token)) return token.text;
    const known = names.get(token.text);
    if (known !== undefined) return known;
    const fresh = newName(token.text, taken);
    names.set(token.text, fresh);
    taken.add(fresh);
    return fresh;
  };
  return { texts: files.map((tokens) => tokens.map(map).join('')), names };
}

/** A C expression under the same renaming. */
export function renameExpression(expression: string, kernel: KernelNames, names: ReadonlyMap<string, string>): string {
  return tokenize(expression)
    .map(({ kind, text }) => {
      if (kind === 'other' || (kind === 'field' && kernel.fields.has(text))) return text;
      if (kind === 'word' && kernel.words.has(text)) return text;
      return names.get(text) ?? text;
    })
    .join('');
}
