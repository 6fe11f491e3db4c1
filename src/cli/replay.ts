import { readFileSync } from 'node:fs';
import { runProgram, type ProgramResult } from '../engine';
import { decode, failureText, readSource } from '../host';
import type { Arguments } from './options';
import { emit, noInputFiles, refuse, say, type ExitCode } from './terminal';

const usage = 'usage: coco-dma replay PROGRAM.json|- (coco-dma replay --help)';

type Parsed = { readonly value: unknown } | { readonly error: string };

function parse(text: string): Parsed {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (error) {
    return { error: `not JSON: ${(error as Error).message}` };
  }
}

/** The programs in a text: one JSON value, or one per line. */
function programsOf(text: string): Parsed[] {
  const whole = parse(text);
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  if ('value' in whole || lines.length < 2) return [whole];
  const each = lines.map(parse);
  // if no line is JSON, the text is one program with a syntax error
  return each.some((line) => 'value' in line) ? each : [whole];
}

const run = (parsed: Parsed): ProgramResult => ('error' in parsed ? parsed : runProgram(parsed.value));

function readPrograms(name: string): { text: string } | { problem: string } {
  if (name === '-') return { text: decode(readFileSync(0)) };
  const result = readSource(name);
  return 'text' in result ? result : { problem: `${name}: ${failureText(result.failure, 'JSON')}` };
}

/** `coco-dma replay PROGRAM.json`: runs DMA programs and prints one result per line. */
export function replay(args: Arguments): ExitCode {
  const [name, more] = args.positionals;
  if (name === undefined || more !== undefined)
    return refuse(
      { problem: name === undefined ? noInputFiles : 'replay needs one file, or - for standard input' },
      usage,
    );
  const input = readPrograms(name);
  if ('problem' in input) return refuse(input, usage);
  if (input.text.trim() === '')
    return refuse({ problem: `${name === '-' ? 'standard input' : name}: empty file, expected a DMA program` }, usage);

  const results = programsOf(input.text).map(run);
  if (!emit(results.map((result) => `${JSON.stringify(result)}\n`).join(''), args.value('output'))) return 2;
  const broken = results.filter((result) => 'error' in result).length;
  if (broken > 0) say(`${broken} of ${results.length} programs failed; see "error" in the output`);
  return broken > 0 ? 2 : 0;
}
