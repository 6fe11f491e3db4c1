import { parseArgs } from 'node:util';
import { didYouMean } from './suggest';

/** One option of the command line. */
export interface OptionSpec {
  readonly name: string;
  readonly short?: string;
  /** What the value is called in the help; without it the option is a switch. */
  readonly value?: string;
  readonly choices?: readonly string[];
  readonly help: string;
}

/** What the user wrote, checked against the options of the command. */
export interface Arguments {
  readonly positionals: readonly string[];
  value(name: string): string | undefined;
  has(name: string): boolean;
}

/** Something wrong with the command line, in one line that says what to do. */
export interface Problem {
  readonly problem: string;
}

/** Formats of the interface that a later version brings; asking for one is refused, not ignored. */
const plannedValues: Readonly<Record<string, readonly string[]>> = { format: ['html'] };

function checkValue({ name, value, choices }: OptionSpec, given: string | undefined): string | null {
  if (value === undefined) return given === undefined ? null : `--${name} takes no value`;
  if (given === undefined || given === '') return `--${name} needs a value: --${name} ${value}`;
  if (plannedValues[name]?.includes(given))
    return `--${name} ${given} is not built yet; there are ${choices?.join(', ')}`;
  if (choices && !choices.includes(given)) {
    return `--${name} takes ${choices.join(', ')}, not '${given}'${didYouMean(given, choices)}`;
  }
  return null;
}

function unknownOption(raw: string, command: string, specs: readonly OptionSpec[]): string {
  const names = specs.map((spec) => `--${spec.name}`);
  return `\`coco-dma ${command}\` has no option ${raw}${didYouMean(raw, names)}`;
}

/** Reads the arguments of a command. An option that the command does not know is a problem, never ignored. */
export function parseArguments(
  command: string,
  specs: readonly OptionSpec[],
  argv: readonly string[],
): Arguments | Problem {
  const options = Object.fromEntries(
    specs.map(({ name, short, value }) => [
      name,
      { type: value === undefined ? ('boolean' as const) : ('string' as const), ...(short ? { short } : {}) },
    ]),
  );
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, tokens: true, allowPositionals: true });
  const positionals: string[] = [];
  const values = new Map<string, string | undefined>();
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const spec = specs.find(({ name }) => name === token.name);
    if (!spec) return { problem: unknownOption(token.rawName, command, specs) };
    const problem = checkValue(spec, token.value);
    if (problem !== null) return { problem };
    values.set(token.name, token.value);
  }
  return { positionals, value: (name) => values.get(name), has: (name) => values.has(name) };
}
