import type { DmaProgram, Step, StepResult } from '../../src/program/types';
import { wrongAddress, type Predicted, type Runs } from './predict';
import type { Answer, RawStep } from './wire';

/** One thing the simulator says that the kernel does not. */
export interface Disagreement {
  /** Index of the step in the program. */
  readonly step: number;
  readonly field: string;
  readonly simulator: unknown;
  readonly kernel: unknown;
}

/** A disagreement as a line of text. */
export function describeDisagreement(program: DmaProgram, found: Disagreement): string {
  const { step, field, simulator, kernel } = found;
  const op = program.steps[step]?.op ?? 'no step';
  return `step ${step + 1} (${op}), ${field}: simulator ${JSON.stringify(simulator)}, kernel ${JSON.stringify(kernel)}`;
}

const sizeMax = '18446744073709551615';

/** A message without what differs from run to run: who prints it, pointers, line numbers, code offsets. */
export function normalizeMessage(text: string): string {
  // Up to 6.12 `at FILE:LINE FUNCTION`, later `FILE:LINE at FUNCTION`, with the condition before it where the kernel keeps it.
  const place = String.raw`\b((?:kernel|include|drivers)\/[\w/-]+\.[ch])`;
  const warning =
    new RegExp(`WARNING:.* at ${place}(?::\\d+)? (\\w+)`).exec(text) ??
    new RegExp(`WARNING: .*?${place}:\\d+ at (\\w+)`).exec(text);
  // A function of a header is compiled into its caller, and the caller is what gets named.
  if (warning) return `WARNING: at ${warning[1]}${/\.h$/.test(warning[1] ?? '') ? '' : ` ${warning[2]}`}`;
  return text
    .trim()
    .replace(/^(BUG: kernel NULL pointer dereference).*/, '$1')
    .replace(/^(DMA pool exhausted for|Failed to get suitable pool for) .*/, '$1')
    .replace(/^kobject.*: (tried to init)/, 'kobject: $1')
    .replace(/^(?:\(null\)|\w+(?: \w+)?): (?=swiotlb|DMA addr|Can not|Buffer|Access)/, '');
}

/** Where an oops happened: that is_swiotlb_for_alloc(), which is inline, was in one of these says the simulator's text. */
const allocating = /^RIP: \S*:_*dma_direct_alloc/;

/** Where the page allocator put a pool that came at run time is its own affair. */
function withoutPlace(line: string): string {
  return line.replace(/^(swiotlb addr) 0x[0-9a-f]+/, '$1');
}

/**
 * The messages of one step. A warning with a text prints a line that says where it was raised as well, which says nothing
 * that the text does not.
 */
function messages(lines: readonly string[] | undefined): string[] {
  const normal = (lines ?? []).map(normalizeMessage).filter((line) => !allocating.test(line));
  // The line comes after the text up to 6.12, and before it later.
  const said = (line: string | undefined): boolean =>
    line !== undefined && /overflow|Access before|exhausted|suitable pool/.test(line);
  return normal.filter((line, i) => !line.startsWith('WARNING:') || !(said(normal[i - 1]) || said(normal[i + 1])));
}

function sameMessages(step: Step, simulator: readonly string[], kernel: readonly string[]): boolean {
  // Its text comes once a boot (dev_err_once), its warning once a program.
  if (step.op === 'dma_map_resource') return simulator.length > 0 === kernel.length > 0;
  // Printed once a module: the test is inlined into ours.
  if (step.op === 'dma_map_single' && step.memory === 'vmalloc') return true;
  return simulator.join('\n') === kernel.join('\n');
}

/** Runs without the mark of bytes that are out of place, merged again. */
function tagsOnly(runs: Runs): number[] {
  const merged: number[] = [];
  for (let i = 0; i < runs.length; i += 2) {
    const tag = (runs[i] ?? 0) % wrongAddress;
    if (merged.at(-2) === tag) merged.push((merged.pop() ?? 0) + (runs[i + 1] ?? 0));
    else merged.push(tag, runs[i + 1] ?? 0);
  }
  return merged;
}

function sameRuns(simulator: Runs | null | undefined, kernel: Runs | null | undefined): boolean {
  if (simulator == null || kernel == null) return simulator == null && kernel == null;
  const tags = simulator.filter((_, i) => i % 2 === 0);
  // Of a byte the simulator knows nothing of (-1), the kernel's tag may be anything.
  if (tags.some((tag) => tag < 0)) return true;
  if (JSON.stringify(tagsOnly(simulator)) !== JSON.stringify(tagsOnly(kernel))) return false;
  const kernelOutOfPlace = kernel.some((tag, i) => i % 2 === 0 && tag >= wrongAddress);
  // The simulator knows where the bytes nobody wrote (0) come from, but not those of a device's write.
  if (tags.every((tag) => tag === 0)) return !kernelOutOfPlace;
  // The module finds a byte out of place by a checksum of its address, which may fit by chance.
  return (
    kernelOutOfPlace || !simulator.some((tag, i) => tag >= wrongAddress && i % 2 === 0 && (simulator[i + 1] ?? 0) >= 64)
  );
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
    const got = raw.ok === 0 ? 'error' : shared && memoryIsPrivate ? 'shared' : 'private';
    const result = raw.oops === undefined ? got : 'oops';
    return { result, decryptCalls: raw.decrypts };
  }
  if (step.op.startsWith('dma_unmap_') && 'mapping' in step && raw.used !== undefined) {
    const before = taken.get(step.mapping ?? '') ?? 0;
    taken.delete(step.mapping ?? '');
    // Entries that were not named stay mapped, which is no leak yet.
    return raw.used === 0 && before > 0 && !('entries' in step) ? { leakedSlots: before } : {};
  }
  if (step.op === 'dma_max_mapping_size') return { bytes: raw.bytes === sizeMax ? 'SIZE_MAX' : Number(raw.bytes) };
  return raw.ret === undefined ? {} : { ret: raw.ret };
}

/** What may differ between two that agree. */
interface Leeway {
  /** Fewer bytes copied than asked for. */
  readonly odd: boolean;
  /** Where pools lie. */
  readonly places: boolean;
}

function compareStep(
  index: number,
  step: Step,
  said: Predicted,
  raw: RawStep,
  row: Partial<StepResult>,
  { odd, places }: Leeway,
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
  const texts = (lines: readonly string[] | undefined): string[] =>
    places ? messages(lines).map(withoutPlace) : messages(lines);
  const [left, right] = [texts(said.row.messages), texts(raw.m)];
  check('messages', sameMessages(step, left, right), left, right);
  if (raw.copied !== undefined) {
    const copied = said.row.copiedBytes ?? 0;
    check('copiedBytes', copied === raw.copied || (odd && copied < raw.copied), copied, raw.copied);
  }
  if (raw.buf !== undefined) {
    const pools = raw.buf.map(({ pool }) => pool);
    check('pools', said.pools?.join() === pools.join(), said.pools, pools);
  }
  const data = raw.data ?? raw.buf?.map((buffer) => buffer.data);
  check('data', sameRunLists(said.data, data), said.data, data);
  check('original', sameRunLists(said.orig, raw.orig), said.orig, raw.orig);
  return found;
}

/** The module keeps that pool elsewhere than the simulator. */
function namesPrivatePool(step: Step): boolean {
  return step.op === 'device'
    ? step.lifecycle.includes('pool=private')
    : step.op === 'lifecycle' && step.do === 'pool=private';
}

/** Everything in which the simulator and the kernel differ; empty when they agree. */
export function compare(program: DmaProgram, predicted: readonly Predicted[], answer: Answer): Disagreement[] {
  const isPrivate = program.machine.coco !== 'none' || program.machine.forceDmaUnencrypted === true;
  if (answer.error !== undefined) {
    return [{ step: answer.steps.length - 1, field: 'error', simulator: undefined, kernel: answer.error }];
  }
  const places = program.machine.swiotlbDynamic === true || program.steps.some(namesPrivatePool);
  const taken: SlotsTaken = new Map();
  const unmapped = new Set<string>();
  // The module counts the bytes that a function is asked to copy. It copies less than that where the mapping is gone, and
  // where its address does not fit any more, which it says once.
  let misfits = false;
  return program.steps.flatMap((step, i) => {
    const raw = answer.steps[i] ?? {};
    const said = predicted[i];
    if (said === undefined) return [{ step: i, field: 'row', simulator: undefined, kernel: raw }];
    if (step.op.startsWith('dma_map_') && 'id' in step) taken.set(step.id, raw.used ?? 0);
    const mapping = ('mapping' in step ? step.mapping : undefined) ?? '';
    misfits ||= (raw.m ?? []).some((text) => /Buffer overflow|Access before/.test(text));
    // A second unmap may free the slots of another mapping, which then has nothing to copy or to give back.
    if (unmapped.has(mapping) && step.op.startsWith('dma_unmap_')) {
      taken.clear();
      misfits = true;
    }
    const leeway = { odd: misfits || unmapped.has(mapping), places };
    const found = compareStep(i, step, said, raw, kernelRow(step, raw, isPrivate, taken), leeway);
    if (step.op.startsWith('dma_unmap_')) unmapped.add(mapping);
    return found;
  });
}
