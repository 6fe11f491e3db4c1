import { writeFileSync } from 'node:fs';
import { failureOf, failureText } from '../host';
import { ansi, plain, type Painter } from '../report';
import type { Problem } from './options';

/** 0 nothing to report, 1 findings, 2 usage, unreadable input or internal error. */
export type ExitCode = 0 | 1 | 2;

/** Prints a message to stderr; stdout is for results. */
export function say(message: string): void {
  process.stderr.write(`coco-dma: ${message}\n`);
}

/** The error of a command without operands. */
export const noInputFiles = 'no input files';

/** Reports a usage error. */
export function refuse({ problem }: Problem, hint: string): ExitCode {
  say(`error: ${problem}\n  ${hint}`);
  return 2;
}

/** Writes the result to stdout, or to the file that `--output` names. False, with a message, if it cannot. */
export function emit(text: string, file: string | undefined): boolean {
  if (file === undefined) {
    process.stdout.write(text);
    return true;
  }
  try {
    writeFileSync(file, text);
    return true;
  } catch (error) {
    say(`cannot write ${file}: ${failureText(failureOf(error))}`);
    return false;
  }
}

/** The destination of results: stdout immediately, or at the end the file that `--output` names. */
export interface Output {
  write(text: string): void;
  /** False, with a message, if the file cannot be written. */
  end(): boolean;
}

/** Creates an output. A file is written at once, so that it never contains a partial result. */
export function createOutput(file: string | undefined): Output {
  if (file === undefined) return { write: (text) => void process.stdout.write(text), end: () => true };
  const parts: string[] = [];
  return { write: (text) => void parts.push(text), end: () => emit(parts.join(''), file) };
}

/** Color on a terminal unless NO_COLOR is set; `--color always` or `never` override that. */
export function choosePainter(choice: string | undefined, toFile: boolean): Painter {
  const automatic = process.stdout.isTTY && !toFile && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb';
  const colored = choice === 'always' || (choice !== 'never' && automatic);
  return colored ? ansi : plain;
}

/** Lets `coco-dma … | head` end quietly. */
export function tolerateClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
}

/** Shows a message on stderr during a long operation, if it is a terminal; call the result to remove it. */
export function announce(what: string): () => void {
  const { stderr } = process;
  if (!stderr.isTTY) return () => undefined;
  stderr.write(what);
  return () => void stderr.write('\r\u001b[K');
}
