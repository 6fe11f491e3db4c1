import { commands, type Command } from './commands';
import type { OptionSpec } from './options';

function table(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}\n`).join('');
}

function optionRow({ name, short, value, help }: OptionSpec): readonly [string, string] {
  return [`${short ? `-${short}, ` : ''}--${name}${value === undefined ? '' : ` ${value}`}`, help];
}

/** The help of the whole program. */
export function mainHelp(): string {
  const rows = commands.map(({ name, operands, summary }) => [`${name} ${operands}`.trim(), summary] as const);
  return `coco-dma finds DMA that exposes a confidential VM's private data to the host.

usage: coco-dma COMMAND [OPTION…]

${table([...rows, ['lsp --stdio', 'run the language server, for any editor']])}
  coco-dma COMMAND --help   show the options of a command
  coco-dma --version        show the version

exit code: 0 no findings at or above --fail-on; 1 findings; 2 usage error, unreadable input, interrupt or internal error
`;
}

/** The help of one command. */
export function commandHelp({ name, operands, summary, details, options }: Command): string {
  return [
    `coco-dma ${name}: ${summary}\n`,
    `usage: ${`coco-dma ${name} [OPTION…] ${operands}`.trim()}\n`,
    ...(details === undefined ? [] : [`${details}\n`]),
    table(options.map(optionRow)),
  ].join('\n');
}

/** The help of `lsp`, which is a separate program. */
export const serverHelp = `coco-dma lsp: run the language server, for any editor

usage: coco-dma lsp --stdio

Configure your editor to start it for C files. It speaks the Language Server Protocol on standard input and output.
`;
