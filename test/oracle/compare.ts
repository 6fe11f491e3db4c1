import type { DmaProgram, Step, StepResult } from '../../src/program/types';
import type { Predicted, Runs } from './predict';
import type { Answer, RawStep } from './wire';

/** One thing the simulator says that the kernel does not. */
export interface Disagreement {
  /** Index of the step in the program. */
  readonly step: number;
  readonly field: string;
  readonly simulator: unknown;
  readonly kernel: unknown;
}

const sizeMax = '18446744073709551615';

/** A message without what differs from run to run: who prints it, pointers, line numbers, code offsets. */
export function normalizeMessage(text: string): string {
  const warning = /WARNING:.* at ((?:[\w-]+\/)+[\w-]+\.[ch])(?::\d+)? (\w+)/.exec(text);
  // A function of a header is compiled into its caller, and the caller is what gets named.
  if (warning) return `WARNING: at ${warning[1]}${/\.h$/.test(warning[1] ?? '') ? '' : ` ${warning[2]}`}`;
  return text
    .trim()
    .replace(/^(DMA pool exhausted for|Failed to get suitable pool for) .*/, '$1')
    .replace(/^kobject.*: (tried to init)/, 'kobject: $1')
    .replace(/^(?:\(null\)|\w+(?: \w+)?): (?=swiotlb|DMA addr|Can not|Buffer|Access)/, '');
}

/**
 * The messages of one step. A warning with a text prints a line that says where it was raised as well, which says nothing
 * that the text does not.
 */
function messages(lines: readonly string[] | undefined): string[] {
  const normal = (lines ?? []).map(normalizeMessage);
  return normal.filter((line, i) => {
    const before = normal[i - 1];
    return (
      !line.startsWith('WARNING:') ||
      before === undefined ||
      !/overflow|Access before|exhausted|suitable pool/.test(before)
    );
  });
}

function sameMessages(step: Step, simulator: readonly string[], kernel: readonly string[]): boolean {
  // Its text comes once a boot (dev_err_once), its warning once a program.
  if (step.op === 'dma_map_resource') return simulator.length > 0 === kernel.length > 0;
  // Printed once a module: the test is inlined into ours.
  if (step.op === 'dma_map_single' && step.memory === 'vmalloc') return true;
  return simulator.join('\n') === kernel.join('\n');
}

function sameRuns(simulator: Runs | null | undefined, kernel: Runs | null | undefined): boolean {
  if (simulator == null || kernel == null) return simulator == null && kernel == null;
  // Of a byte the simulator knows nothing of, or that is out of place, the kernel's tag may be anything.
  if (simulator.some((tag, i) => i % 2 === 0 && (tag < 0 || tag >= 16))) return true;
  return simulator.length === kernel.length && simulator.every((n, i) => n === kernel[i]);
}

function sameRunLists(
  simulator: readonly (Runs | null)[] | undefined,
  kernel: readonly (Runs | null)[] | undefined,
): boolean {
  if (simulator === undefined || kernel === undefined) return simulator === kernel;
  return simulator.length === kernel.length && simulator.every((runs, i) => sameRuns(runs, kernel[i]));
}

/** What the kernel's steps so far say of a mapping's slots. */
type SlotsTaken = Map<string, number>;

function kernelMap(raw: RawStep): Partial<StepResult> {
  if (raw.buf === undefined) return { result: 'error', slots: 0 };
  const bounced = raw.buf.find(({ slot }) => slot >= 0);
  return {
    result: bounced === undefined ? 'direct' : 'bounced',
    slots: raw.used,
    slot: bounced?.slot,
    lowBits: (raw.buf[0]?.dma ?? 0) % 4096,
  };
}

/** The kernel's step in the words of the program format. */
function kernelRow(step: Step, raw: RawStep, memoryIsPrivate: boolean, taken: SlotsTaken): Partial<StepResult> {
  if (step.op.startsWith('dma_map_')) return kernelMap(raw);
  if (step.op.startsWith('dma_alloc_')) {
    const shared = (raw.decrypts ?? 0) > 0 || (raw.fromPool ?? 0) > 0;
    const result = raw.ok === 0 ? 'error' : shared && memoryIsPrivate ? 'shared' : 'private';
    return { result, decryptCalls: raw.decrypts };
  }
  if (step.op.startsWith('dma_unmap_') && 'mapping' in step && raw.used !== undefined) {
    const before = taken.get(step.mapping ?? '') ?? 0;
    taken.delete(step.mapping ?? '');
    // Entries that were not named stay mapped, which is no leak yet.
    return before + raw.used > 0 && !('entries' in step) ? { leakedSlots: before + raw.used } : {};
  }
  if (step.op === 'dma_max_mapping_size') return { bytes: raw.bytes === sizeMax ? 'SIZE_MAX' : Number(raw.bytes) };
  return raw.ret === undefined ? {} : { ret: raw.ret };
}

function compareStep(
  index: number,
  step: Step,
  said: Predicted,
  raw: RawStep,
  row: Partial<StepResult>,
): Disagreement[] {
  const found: Disagreement[] = [];
  const check = (field: string, same: boolean, simulator: unknown, kernel: unknown): void => {
    if (!same) found.push({ step: index, field, simulator, kernel });
  };
  for (const [field, kernel] of Object.entries(row)) {
    const simulator = said.row[field as keyof StepResult];
    check(field, simulator === kernel, simulator, kernel);
  }
  if (said.pool !== undefined && raw.pool !== undefined) check('pool', said.pool === raw.pool, said.pool, raw.pool);
  if (said.mapped !== undefined && !step.op.startsWith('dma_map_')) {
    check('mapped', said.mapped === (raw.dead === undefined), said.mapped, raw.dead === undefined);
  }
  if (raw.used !== undefined) check('used', said.used === raw.used, said.used, raw.used);
  const [left, right] = [messages(said.row.messages), messages(raw.m)];
  check('messages', sameMessages(step, left, right), left, right);
  // A copy that would run over its slots is cut short inside the function that is watched.
  const clamped = right.some((line) => /^(Buffer overflow|Access before)/.test(line));
  // Where nothing is mapped any more it returns at once.
  const again = step.op.startsWith('dma_unmap_') && row.leakedSlots === undefined && raw.used === 0;
  if (raw.copied !== undefined && !clamped && !again) {
    check('copiedBytes', (said.row.copiedBytes ?? 0) === raw.copied, said.row.copiedBytes, raw.copied);
  }
  const data = raw.data ?? raw.buf?.map((buffer) => buffer.data);
  check('data', sameRunLists(said.data, data), said.data, data);
  check('original', sameRunLists(said.orig, raw.orig), said.orig, raw.orig);
  return found;
}

/** Everything in which the simulator and the kernel differ; empty when they agree. */
export function compare(program: DmaProgram, predicted: readonly Predicted[], answer: Answer): Disagreement[] {
  const isPrivate = program.machine.forceDmaUnencrypted === true;
  if (answer.error !== undefined) {
    return [{ step: answer.steps.length - 1, field: 'error', simulator: undefined, kernel: answer.error }];
  }
  const taken: SlotsTaken = new Map();
  return program.steps.flatMap((step, i) => {
    const raw = answer.steps[i] ?? {};
    const said = predicted[i];
    if (said === undefined) return [{ step: i, field: 'row', simulator: undefined, kernel: raw }];
    if (step.op.startsWith('dma_map_') && 'id' in step) taken.set(step.id, raw.used ?? 0);
    return compareStep(i, step, said, raw, kernelRow(step, raw, isPrivate, taken));
  });
}
