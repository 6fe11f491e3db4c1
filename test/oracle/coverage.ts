import type { DmaProgram } from '../../src/program/types';
import { atLeast } from '../../src/kernel/versions';
import type { OracleKernel } from './packages';
import type { Answer } from './wire';

/** What the programs of a run reached, as counts of programs. */
export interface Coverage {
  readonly programs: number;
  /** By `op …`, `result …`, `lifecycle …`. */
  readonly words: ReadonlyMap<string, number>;
  /** Programs that had at least five live mappings at once. */
  readonly manyLive: number;
  /** Programs that had nine of ten slots taken at once. */
  readonly nearlyFull: number;
  /** Programs in which a mapping lost its slots (its device's pool changed under it). */
  readonly leaked: number;
}

/** Words that a run has to reach in at least this share of its programs. */
export const requiredShare = 0.02;
/** Share of programs that must have five live mappings. */
export const requiredManyLive = 0.2;

const manyMappings = 5;

/** The results a map or an allocation had, by the kernel's answer. */
function resultsOf(answer: Answer, isPrivate: boolean): string[] {
  return answer.steps.flatMap((raw) => {
    if (raw.tries !== undefined) {
      if (raw.buf === undefined) return ['error'];
      const pools = raw.buf.flatMap(({ pool }) =>
        pool === undefined ? [] : [`in a ${pool.replace(/\d+$/, '')} pool`],
      );
      return [raw.buf.some(({ slot }) => slot >= 0) ? 'bounced' : 'direct', ...pools];
    }
    if (raw.ok === undefined) return [];
    if (raw.oops === 1) return ['oops'];
    if (raw.ok === 0) return ['error'];
    return [isPrivate && ((raw.decrypts ?? 0) > 0 || (raw.fromPool ?? 0) > 0) ? 'shared' : 'private'];
  });
}

interface Peaks {
  readonly live: number;
  readonly used: number;
  readonly left: number;
}

function peaksOf(program: DmaProgram, answer: Answer): Peaks {
  let [live, used, mostLive, mostUsed] = [0, 0, 0, 0];
  const unmapped = new Set<string>();
  // A second unmap of the same mapping ends nothing.
  const gone = (mapping = ''): boolean => !unmapped.has(mapping) && unmapped.add(mapping).has(mapping);
  program.steps.forEach((step, i) => {
    const raw = answer.steps[i] ?? {};
    if (raw.buf !== undefined) live++;
    if (step.op.startsWith('dma_unmap') && raw.dead === undefined && 'mapping' in step)
      live -= Number(gone(step.mapping));
    used += raw.used ?? 0;
    mostLive = Math.max(mostLive, live);
    mostUsed = Math.max(mostUsed, used);
  });
  return { live: mostLive, used: mostUsed, left: live === 0 ? used : 0 };
}

/** Counts what programs, which the kernel answered with `answers`, reached. */
export function measureCoverage(runs: readonly { program: DmaProgram; answer: Answer }[]): Coverage {
  const words = new Map<string, number>();
  let [manyLive, nearlyFull, leaked] = [0, 0, 0];
  for (const { program, answer } of runs) {
    const reached = new Set(program.steps.map((step) => `op ${step.op}`));
    for (const step of program.steps) {
      if ('attrs' in step) for (const attribute of step.attrs ?? []) reached.add(`attribute ${attribute}`);
      if (step.op === 'device' && step.privateDma === true) reached.add('privateDma');
      if (step.op === 'device') for (const word of step.lifecycle) reached.add(`lifecycle ${word.replace(/:.*/, '')}`);
      if (step.op === 'lifecycle') reached.add(`lifecycle ${step.do.replace(/:.*/, '')}`);
    }
    const { coco, kernel } = program.machine;
    if (coco !== 'none') reached.add(`confidential guest of ${kernel}`);
    for (const result of resultsOf(answer, coco !== 'none')) reached.add(`result ${result}`);
    for (const word of reached) words.set(word, (words.get(word) ?? 0) + 1);
    const peaks = peaksOf(program, answer);
    if (peaks.live >= manyMappings) manyLive++;
    if (peaks.used >= (program.machine.slots ?? Infinity) * 0.9) nearlyFull++;
    if (peaks.left > 0) leaked++;
  }
  return { programs: runs.length, words, manyLive, nearlyFull, leaked };
}

const expectedOps = [
  ...['device', 'lifecycle', 'dma_set_mask', 'dma_set_coherent_mask', 'dma_set_mask_and_coherent'],
  ...['dma_set_min_align_mask', 'dma_max_mapping_size', 'dma_map_page', 'dma_map_single', 'dma_map_sg'],
  ...['dma_map_resource', 'dma_mapping_error', 'dma_unmap_page', 'dma_unmap_single', 'dma_unmap_sg'],
  ...['dma_unmap_resource', 'dma_sync_single_for_cpu', 'dma_sync_single_for_device', 'dma_sync_sg_for_cpu'],
  ...['dma_sync_sg_for_device', 'dma_alloc_coherent', 'dma_alloc_pages', 'dma_alloc_noncontiguous'],
  ...['dma_free_coherent', 'dma_free_pages', 'dma_free_noncontiguous', 'cpu_write', 'cpu_read', 'device_write'],
];
const expectedResults = ['direct', 'bounced', 'error', 'private', 'shared'];
const expectedLifecycle = [
  ...['zeroed', 'device_initialize', 'device_add', 'device_register', 'device_del', 'device_unregister', 'get_device'],
  ...['put_device', 'pool=null', 'pool=default', 'pool=saved', 'save-pool', 'pool=private'],
];

const expectedAttributes = ['cc_shared', 'mmio', 'require_coherent'];

/** The words a run on these of Debian's kernels must reach: everything a program can say that they can do. */
export function debianWords(kernels: readonly OracleKernel[]): readonly string[] {
  const young = kernels.some((kernel) => atLeast(kernel, '7.1'));
  return [
    ...[...expectedOps, ...(young ? ['dma_map_phys', 'dma_unmap_phys'] : [])].map((op) => `op ${op}`),
    ...[...expectedResults, 'in a private pool'].map((result) => `result ${result}`),
    ...expectedLifecycle.map((word) => `lifecycle ${word}`),
    ...(young ? expectedAttributes : []).map((attribute) => `attribute ${attribute}`),
    ...kernels.map((kernel) => `confidential guest of ${kernel}`),
    'privateDma',
  ];
}

/** The words a run on a kernel of dynamic/ must reach. */
export function dynamicWords(kernels: readonly OracleKernel[]): readonly string[] {
  return [
    ...debianWords(kernels).filter((word) => word !== 'lifecycle zeroed'),
    ...['result in a transient pool', 'result in a grown pool', 'result in a restricted pool', 'result oops'],
    'lifecycle pool=restricted',
  ];
}

/** Which of the `words` a run should have reached and did not. */
export function coverageGaps(coverage: Coverage, words: readonly string[]): string[] {
  const gaps = words.filter((word) => (coverage.words.get(word) ?? 0) < coverage.programs * requiredShare);
  if (coverage.manyLive < coverage.programs * requiredManyLive) gaps.push('five live mappings');
  if (coverage.nearlyFull === 0) gaps.push('a pool nearly full');
  return gaps;
}

/** Coverage as a table. */
export function formatCoverage(coverage: Coverage, words: readonly string[]): string {
  const share = (n: number): string => `${((100 * n) / Math.max(coverage.programs, 1)).toFixed(1).padStart(5)} %`;
  const rows = words.map((word) => [word, coverage.words.get(word) ?? 0] as const);
  const extra: (readonly [string, number])[] = [
    ['five or more live mappings', coverage.manyLive],
    ['pool nine tenths full', coverage.nearlyFull],
    ['slots lost to a pool change', coverage.leaked],
  ];
  return [...rows, ...extra].map(([word, n]) => `  ${share(n)}  ${word}`).join('\n');
}
