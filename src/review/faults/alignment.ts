import type { FaultPath, FileAnalysis } from '../../analysis';
import { stepFor } from '../judge/program';
import type { JudgeContext } from '../judge/context';

/**
 * The context in which the device of a fault has the minimum alignment that the files set; null if that is unknown. `files`
 * are those under review and those around them.
 */
export function alignedContext(
  { path }: FaultPath,
  files: readonly FileAnalysis[],
  context: JudgeContext,
): JudgeContext | null {
  const own = files
    .flatMap(({ alignments }) => alignments)
    .filter(({ bus }) => bus === null || !path?.bus || bus === path.bus);
  const steps = own.map(({ subject }) => stepFor(subject, undefined, undefined, context.placeOf(subject)));
  if (files.some(({ hasUnanalyzedAlignment }) => hasUnanalyzedAlignment) || steps.includes(null)) return null;
  const known = steps.flatMap((step) => (step && step !== 'merged' ? [step] : []));
  return { ...context, registration: (deviceTrust) => [...context.registration(deviceTrust), ...known] };
}
