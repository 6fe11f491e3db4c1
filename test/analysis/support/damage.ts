/** Damaged and oversized C, made the same way every time. */
import { tokenize } from './rename';

/** A small generator of numbers below `limit`, by Lehmer; the same for the same seed. */
export function numbers(seed: number): (limit: number) => number {
  let state = (seed % 2147483646) + 1;
  return (limit) => {
    state = (state * 48271) % 2147483647;
    return state % limit;
  };
}

/** The text cut off somewhere, with a token removed, with a token doubled. */
export function damaged(text: string, seed: number): string[] {
  const next = numbers(seed);
  const tokens = tokenize(text).map((token) => token.text);
  const at = next(tokens.length);
  const removed = tokens.filter((_, index) => index !== at);
  const doubled = tokens.flatMap((token, index) => (index === at ? [token, token] : [token]));
  return [text.slice(0, next(text.length)), removed.join(''), doubled.join('')];
}

const around = (before: string, middle: string, after: string, depth: number) =>
  before.repeat(depth) + middle + after.repeat(depth);

const inFunction = (body: string) => `int lab_f(struct hv_device *hdev, int x)\n{\n${body}\n\treturn x;\n}\n`;

/** Inputs that nest or grow without mercy, by name. */
export const oversized: ReadonlyMap<string, string> = new Map([
  ['parentheses', inFunction(`x = ${around('(', 'x', ')', 5000)};`)],
  ['blocks', inFunction(around('{', 'device_register(&hdev->device);', '}', 3000))],
  ['conditions', inFunction(around('if (x) {', 'device_register(&hdev->device);', '}', 1000))],
  ['loops', inFunction(around('while (x--) {', 'device_register(&hdev->device);', '}', 300))],
  ['an else-if chain', inFunction(`${'if (x == 1) x++; else '.repeat(2000)}x--;`)],
  ['a sum', inFunction(`x = ${'x + '.repeat(10000)}x;`)],
  ['a conjunction', inFunction(`if (${'hdev->channel->co_external_memory && '.repeat(2000)}x) x = 0;`)],
  ['ternaries', inFunction(`x = ${'x ? 1 : '.repeat(1500)}x;`)],
  ['independent conditions', inFunction('if (hdev->vendor_id == x) x++;\n'.repeat(1000))],
  ['calls in calls', inFunction(`x = ${around('lab_f(hdev, ', 'x', ')', 1500)};`)],
  ['a path of members', inFunction(`x = hdev${'->channel->device_obj'.repeat(1500)}->vendor_id;`)],
  ['labels', inFunction(Array.from({ length: 1500 }, (_, i) => `l${i}: if (x) goto l${(i * 7) % 1500};`).join('\n'))],
  ['cases', inFunction(`switch (x) {\n${Array.from({ length: 3000 }, (_, i) => `case ${i}: x++;`).join('\n')}\n}`)],
  ['one long line', inFunction('x++;'.repeat(50000))],
  ['conditionals of the preprocessor', `${around('#ifdef CONFIG_X\n', 'int x;\n', '#endif\n', 1000)}`],
  [
    'a chain of functions',
    Array.from({ length: 1000 }, (_, i) => `int f${i}(struct hv_device *h)\n{\n\treturn f${i + 1}(h);\n}\n`).join('\n'),
  ],
  ['opening brackets only', '({['.repeat(20000)],
  [
    'a long name',
    inFunction(`device_register(&hdev->device);\n\tx = ${'f'.repeat(2000)}(hdev);\n\treturn ${'g'.repeat(2000)};`),
  ],
  ['stores to the pool', inFunction('hdev->device.dma_io_tlb_mem = x ? NULL : hdev;\n'.repeat(500))],
]);
