/** Broken C, made from whole C: the same inputs for the same seed. */
import { numbers } from '../analysis/support/damage';
import { filesBelow, fixtureRoot, readText, treeOf } from '../analysis/support/load';
import { tokenize } from '../analysis/support/rename';

/** One input of the fuzzer. */
export interface Input {
  /** A path under which headers resolve as for the file that it was made from. */
  readonly file: string;
  readonly tree: string;
  readonly text: string;
  /** How it was made. */
  readonly how: string;
}

interface Source {
  readonly file: string;
  readonly tree: string;
  readonly text: string;
  readonly tokens: readonly string[];
}

type Next = (limit: number) => number;

/** The files that inputs are made from: fixtures, samples, and the inputs that are bad already. */
function readSources(): Source[] {
  const files = [...filesBelow(fixtureRoot), ...filesBelow('samples')].filter((file) => /\.[ch]$/.test(file));
  return files.map((file) => {
    const text = readText(file) ?? '';
    return { file, tree: treeOf(file), text, tokens: tokenize(text).map((token) => token.text) };
  });
}

const pick = <T>(next: Next, list: readonly T[]): T | undefined => list[next(Math.max(1, list.length))];

/** Fragments that upset a reader of C. */
const fragments: readonly string[] = [
  ...[
    '(',
    ')',
    '{',
    '}',
    '[',
    ']',
    ';',
    ',',
    '"',
    "'",
    '\\',
    '\\\n',
    '/*',
    '*/',
    '//',
    '\0',
    '\r',
    '\u2028',
    '\ud800',
    '\t',
  ],
  ...[
    '#if 1\n',
    '\n#ifdef CONFIG_X\n',
    '\n#else\n',
    '\n#elif',
    '\n#endif\n',
    '\n#define f(',
    '\n#define device_add(x) f(x)\n',
    '\n#include "',
  ],
  ...[
    'struct',
    'static',
    'if (',
    'else',
    'case 1:',
    'goto',
    'return',
    '__attribute__((',
    'do {',
    'for (;;)',
    'switch (x) {',
  ],
  ...[
    'container_of(',
    '->dma_io_tlb_mem',
    '= NULL;',
    'device_register(&',
    '&&',
    '||',
    '?',
    ':',
    '...',
    '~0ULL',
    '99999999999999999999',
  ],
];

/** The tokens from one place to another, both chosen, at most `most` of them. */
function stretch(next: Next, tokens: readonly string[], most: number): [number, number] {
  const start = next(tokens.length + 1);
  return [start, Math.min(tokens.length, start + 1 + next(most))];
}

type Damage = (next: Next, tokens: readonly string[], other: readonly string[]) => string[];

/** Ways to break a text, by name. */
const damages: Readonly<Record<string, Damage>> = {
  'cut off': (next, tokens) => {
    const text = tokens.join('');
    return [text.slice(0, next(text.length + 1))];
  },
  'begun late': (next, tokens) => {
    const text = tokens.join('');
    return [text.slice(next(text.length + 1))];
  },
  spliced: (next, tokens, other) => [...tokens.slice(0, next(tokens.length)), ...other.slice(next(other.length))],
  deleted: (next, tokens) => {
    const [start, end] = stretch(next, tokens, 12);
    return [...tokens.slice(0, start), ...tokens.slice(end)];
  },
  duplicated: (next, tokens) => {
    const [start, end] = stretch(next, tokens, 40);
    return [...tokens.slice(0, end), ...tokens.slice(start)];
  },
  swapped: (next, tokens) => {
    const [a, b] = [next(tokens.length), next(tokens.length)];
    return tokens.map((token, i) => (i === a ? tokens[b] : i === b ? tokens[a] : token) ?? '');
  },
  moved: (next, tokens) => {
    const [start, end] = stretch(next, tokens, 40);
    const rest = [...tokens.slice(0, start), ...tokens.slice(end)];
    return rest.toSpliced(next(rest.length + 1), 0, ...tokens.slice(start, end));
  },
  inserted: (next, tokens) => tokens.toSpliced(next(tokens.length + 1), 0, pick(next, fragments) ?? ''),
  'with foreign tokens': (next, tokens, other) => {
    const [start, end] = stretch(next, other, 25);
    return tokens.toSpliced(next(tokens.length + 1), next(5), ...other.slice(start, end));
  },
  repeated: (next, tokens) => {
    const [start, end] = stretch(next, tokens, 6);
    const again = Array.from({ length: 2 + next(200) }, () => tokens.slice(start, end)).flat();
    return tokens.toSpliced(end, 0, ...again);
  },
};

/** `count` inputs of a seed, each broken one to four times over. */
export function* brokenInputs(seed: number, count: number): Generator<Input> {
  const sources = readSources();
  const names = Object.keys(damages);
  for (let i = 0; i < count; i++) {
    // one generator an input, so that each can be made by itself
    const next = numbers(seed * 1_000_003 + i);
    next(2);
    const source = pick(next, sources);
    if (!source) return;
    let tokens = source.tokens;
    const how: string[] = [];
    for (let round = 1 + next(4); round > 0; round--) {
      const name = pick(next, names) ?? '';
      tokens = damages[name]?.(next, tokens, pick(next, sources)?.tokens ?? []) ?? tokens;
      how.push(name);
    }
    yield { file: source.file, tree: source.tree, text: tokens.join(''), how: `${source.file} ${how.join(', ')}` };
  }
}
