/**
 * `npm run fuzz [-- --seed N] [--count N]`: gives broken C to the engine. Every failure is printed with its input's number,
 * which with the seed makes it again (`--only NUMBER` writes its text to stdout). Ends with the slowest inputs and the memory. The inputs
 * are tried in a process of their own, which is ended when one of them takes too long.
 */
import { fork } from 'node:child_process';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createEngine } from '../../src/engine';
import { loadTestGrammar } from '../syntax/measure';
import { brokenInputs } from './inputs';
import { tryInput, type Outcome, type Subject } from './run';

/** No input may take longer than this, on however slow a machine. */
const patience = 60_000;

/** Megabytes that memory in use may grow by from the first quarter of the inputs to the last. */
const maxGrowth = 64;

interface Options {
  readonly seed: number;
  readonly count: number;
}

/** Megabytes in use once garbage is collected, those of the parser (outside the heap) included. */
function memoryInUse(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return (heapUsed + external + arrayBuffers) / 1e6;
}

/** Tries all inputs in this process; tells the parent that it is alive. */
async function work({ seed, count }: Options): Promise<number> {
  const meter = { operations: 0 };
  const subject: Subject = { engine: createEngine(await loadTestGrammar(), meter), meter };
  const slowest: Outcome[] = [];
  const memory: number[] = [];
  let [failures, number] = [0, 0];
  for (const input of brokenInputs(seed, count)) {
    process.send?.(number);
    const outcome = tryInput(subject, input);
    if (outcome.failure !== null) {
      failures++;
      console.log(`input ${number} (${input.how}): ${outcome.failure}`);
    }
    slowest.push(outcome);
    slowest.sort((a, b) => b.milliseconds - a.milliseconds).splice(5);
    number++;
    if (number % Math.ceil(count / 4) === 0 || number === count) memory.push(memoryInUse());
    // lets messages out, and the parent end us
    if (number % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  for (const { input, milliseconds, operations } of slowest) {
    console.log(`slow: ${milliseconds.toFixed(0)} ms, ${operations} operations: ${input.how}`);
  }
  const growth = (memory.at(-1) ?? 0) - (memory[0] ?? 0);
  console.log(`memory: ${memory.map((mb) => mb.toFixed(0)).join(', ')} MB after each quarter`);
  if (growth > maxGrowth) console.log(`memory grew by ${growth.toFixed(0)} MB`);
  console.log(`${count} inputs of seed ${seed}: ${failures} failures`);
  return failures > 0 || growth > maxGrowth ? 1 : 0;
}

/** Watches a process that does the work. */
function watch(args: readonly string[]): void {
  const child = fork(__filename, ['--work', ...args], { execArgv: process.execArgv });
  let last = 0;
  const giveUp = (): void => {
    console.log(`input ${last}: no answer within ${patience / 1000} s`);
    child.kill('SIGKILL');
    process.exitCode = 1;
  };
  let timer = setTimeout(giveUp, patience);
  child.on('message', (number: number) => {
    last = number;
    clearTimeout(timer);
    timer = setTimeout(giveUp, patience);
  });
  child.on('exit', (code) => {
    clearTimeout(timer);
    process.exitCode ||= code ?? 1;
  });
}

function printInput({ seed }: Options, only: number): void {
  let number = 0;
  for (const input of brokenInputs(seed, only + 1)) if (number++ === only) process.stdout.write(input.text);
}

const options = {
  seed: { type: 'string', default: '1' },
  count: { type: 'string', default: '20000' },
  only: { type: 'string' },
  work: { type: 'boolean' },
} as const;

async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options });
  const asked: Options = { seed: Number(values.seed), count: Number(values.count) };
  if (values.only !== undefined) printInput(asked, Number(values.only));
  else if (!values.work) watch(args);
  else process.exit(await work(asked));
}

void main(process.argv.slice(2));
