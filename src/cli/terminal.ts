import { writeFileSync } from 'node:fs';
import { describeFailure } from '../host';
import { ansi, plain, type Painter } from '../report';
import type { Problem } from './options';

/** 0 nothing to report, 1 findings, 2 usage, unreadable input or internal error. */
export type ExitCode = 0 | 1 | 2;

/** A message to the user, on stderr: results alone go to stdout. */
export function say(message: string): void {
  process.stderr.write(`coco-dma: ${message}\n`);
}

/** Says what is wrong with the command line. */
export function refuse({ problem }: Problem, hint: string): ExitCode {
  say(`${problem}\n  ${hint}`);
  return 2;
}

/** Writes the result to stdout, or to the file that `--output` names. Answers false, having said why, when it cannot. */
export function emit(text: string, file: string | undefined): boolean {
  if (file === undefined) {
    process.stdout.write(text);
    return true;
  }
  try {
    writeFileSync(file, text);
    return true;
  } catch (error) {
    say(`cannot write ${file}: ${describeFailure(error).message}`);
    return false;
  }
}

/** Where results go, bit by bit: stdout at once, or at the end the file that `--output` names. */
export interface Output {
  write(text: string): void;
  /** Answers false, having said why, when the file cannot be written. */
  end(): boolean;
}

/** Starts an output. A file is written whole: what stands under its name is never half a result. */
export function createOutput(file: string | undefined): Output {
  if (file === undefined) return { write: (text) => void process.stdout.write(text), end: () => true };
  const parts: string[] = [];
  return { write: (text) => void parts.push(text), end: () => emit(parts.join(''), file) };
}

/** Colour on a terminal unless NO_COLOR is set; `--color always` or `never` decide otherwise. */
export function choosePainter(choice: string | undefined, toFile: boolean): Painter {
  const automatic = process.stdout.isTTY && !toFile && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb';
  const coloured = choice === 'always' || (choice !== 'never' && automatic);
  return coloured ? ansi : plain;
}

/** Lets `coco-dma … | head` end quietly. */
export function tolerateClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
}

/** Shows on stderr what takes a while, on a terminal only; the answer takes it away again. */
export function announce(what: string): () => void {
  const { stderr } = process;
  if (!stderr.isTTY) return () => undefined;
  stderr.write(what);
  return () => void stderr.write('\r\u001b[K');
}
