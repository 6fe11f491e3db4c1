import { parseArgs } from 'node:util';
import { listed } from '../report';
import { didYouMean } from './suggest';

/** One option of the command line. */
export interface OptionSpec {
  readonly name: string;
  readonly short?: string;
  /** The name of the value in the help; without it the option is a switch. */
  readonly value?: string;
  readonly choices?: readonly string[];
  readonly help: string;
}

/** The parsed command line, checked against the options of the command. */
export interface Arguments {
  readonly positionals: readonly string[];
  value(name: string): string | undefined;
  has(name: string): boolean;
}

/** A usage error, in one line that says what to do. */
export interface Problem {
  readonly problem: string;
}

/** Values that a later version will support; they are rejected, not ignored. */
const plannedValues: Readonly<Record<string, readonly string[]>> = { format: ['html'] };

function checkValue({ name, value, choices }: OptionSpec, given: string | undefined): string | null {
  if (value === undefined) return given === undefined ? null : `--${name} does not take a value`;
  if (given === undefined || given === '') return `--${name} needs a value: --${name} ${value}`;
  if (plannedValues[name]?.includes(given))
    return `--${name} ${given} is not supported yet; choose ${listed(choices ?? [], 'or')}`;
  if (choices && !choices.includes(given)) {
    return `--${name} needs ${listed(choices, 'or')}, not '${given}'${didYouMean(given, choices)}`;
  }
  return null;
}

function unknownOption(raw: string, command: string, specs: readonly OptionSpec[]): string {
  const names = specs.map((spec) => `--${spec.name}`);
  return `unknown option ${raw} for coco-dma ${command}${didYouMean(raw, names)}`;
}

/** Parses the arguments of a command. An unknown option is an error. */
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
