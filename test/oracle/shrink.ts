import { validateProgram } from '../../src/program/validate';
import type { DmaProgram, Step } from '../../src/program/types';

/** Tells whether a smaller program still shows what is looked for. */
export type StillFails = (program: DmaProgram) => Promise<boolean>;

/** Names that a step introduces, with the kind of thing they name. */
function introduces(step: Step): string[] {
  switch (step.op) {
    case 'device':
      return [`device ${step.id}`, ...step.lifecycle.flatMap(savedBy)];
    case 'lifecycle':
      return savedBy(step.do);
    case 'dma_map_page':
    case 'dma_map_single':
    case 'dma_map_resource':
    case 'dma_map_sg':
      return [`mapping ${step.id}`];
    case 'dma_alloc_coherent':
    case 'dma_alloc_pages':
    case 'dma_alloc_noncontiguous':
      return [`allocation ${step.id}`];
    default:
      return [];
  }
}

function savedBy(word: string): string[] {
  return word.startsWith('save-pool:') ? [`pool ${word.slice('save-pool:'.length)}`] : [];
}

function restoredBy(word: string): string[] {
  return word.startsWith('pool=saved:') ? [`pool ${word.slice('pool=saved:'.length)}`] : [];
}

function needs(step: Step): string[] {
  const names: string[] = [];
  if ('device' in step) names.push(`device ${step.device}`);
  if ('mapping' in step && step.mapping !== undefined) names.push(`mapping ${step.mapping}`);
  if ('allocation' in step && step.allocation !== undefined) names.push(`allocation ${step.allocation}`);
  if (step.op === 'lifecycle') names.push(...restoredBy(step.do));
  return names;
}

/** Drops the steps that name what is not there any more. */
function closed(steps: readonly Step[]): Step[] {
  const known = new Set<string>();
  const kept: Step[] = [];
  for (const step of steps) {
    if (!needs(step).every((name) => known.has(name))) continue;
    kept.push(step);
    for (const name of introduces(step)) known.add(name);
  }
  return kept;
}

/** Simpler forms of one step, simplest first. */
function simpler(step: Step): Step[] {
  switch (step.op) {
    case 'device': {
      const forms: Step[] = step.lifecycle.map((_, i) => ({
        ...step,
        lifecycle: step.lifecycle.filter((_word, k) => k !== i),
      }));
      if (step.maskPointer === false) forms.push({ ...step, maskPointer: true });
      if (step.dmaParms === false) forms.push({ ...step, dmaParms: true });
      if (step.mask) forms.push({ ...step, mask: 0 });
      if (step.coherentMask) forms.push({ ...step, coherentMask: 0 });
      return forms;
    }
    case 'dma_map_page':
    case 'dma_map_single': {
      const forms: Step[] = [];
      if (step.offset > 0) forms.push({ ...step, offset: 0 });
      for (const size of [1, 2048, 4096, Math.floor(step.size / 2)])
        if (size > 0 && size < step.size) forms.push({ ...step, size });
      return forms;
    }
    case 'dma_map_sg':
      return step.entries.length > 1
        ? step.entries.map((_, i) => ({ ...step, entries: step.entries.filter((_entry, k) => k !== i) }))
        : [];
    default:
      return [];
  }
}

function withSteps(program: DmaProgram, steps: readonly Step[]): DmaProgram {
  return { ...program, steps };
}

async function dropSteps(program: DmaProgram, fails: StillFails): Promise<DmaProgram> {
  let best = program;
  for (let chunk = Math.ceil(best.steps.length / 2); chunk >= 1; chunk = chunk === 1 ? 0 : Math.ceil(chunk / 2)) {
    for (let at = best.steps.length - chunk; at > -chunk;) {
      const from = Math.max(at, 0);
      const steps = closed([...best.steps.slice(0, from), ...best.steps.slice(at + chunk)]);
      const candidate = withSteps(best, steps);
      if (steps.length < best.steps.length && (await fails(candidate))) best = candidate;
      at = Math.min(from, best.steps.length) - chunk;
    }
  }
  return best;
}

async function simplifySteps(program: DmaProgram, fails: StillFails): Promise<DmaProgram> {
  let best = program;
  for (let i = 0; i < best.steps.length; i++) {
    const forms = simpler(best.steps[i] as Step);
    for (let form = forms.shift(); form !== undefined; form = forms.shift()) {
      const candidate = withSteps(best, closed(best.steps.map((step, k) => (k === i ? form : step))));
      if (candidate.steps.length !== best.steps.length || !(await fails(candidate))) continue;
      best = candidate;
      forms.splice(0, forms.length, ...simpler(best.steps[i] as Step));
    }
  }
  return best;
}

/** The smallest program found that still fails: steps are dropped, then made simpler, until neither helps. */
export async function shrink(program: DmaProgram, stillFails: StillFails): Promise<DmaProgram> {
  // A step that was made simpler may have made what a later one names.
  const fails: StillFails = async (candidate) =>
    'program' in validateProgram(candidate) && (await stillFails(candidate));
  let best = program;
  for (;;) {
    const before = JSON.stringify(best);
    best = await simplifySteps(await dropSteps(best, fails), fails);
    if (JSON.stringify(best) === before) return best;
  }
}
