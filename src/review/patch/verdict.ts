import type { Compared, Comparison, PatchVerdict, TextHint } from '../types';
import { claimLine } from './claims';
import { isExposure } from './compare';
import type { Message } from './types';
import { textRules } from '../rules';

/** True if a message says that the patch stops devices from bouncing. */
export const claimsFix = (message: Message): boolean => claimLine(message) !== null;

const exposing = (each: Compared): boolean => isExposure(each.finding) && (each.bytesAfter ?? 0) > 0;
const heavy = ({ finding }: Compared): boolean => finding.level !== 'hint';

/**
 * The verdict on a patch. `relevant` is false if it touches no DMA code; `claims` is true if it says that it stops devices
 * from bouncing. A new hint does not outweigh a real fix.
 */
export function verdictOf(comparison: Comparison, relevant: boolean, claims: boolean): PatchVerdict {
  const { introduced, fixed, remaining } = comparison;
  const exposed = [...introduced, ...remaining].some(exposing);
  const closed = fixed.some(({ finding }) => isExposure(finding));
  // a helper whose name promises it is a claim too
  const means = introduced.some((each) => each.finding.rule === 'disable-no-effect' && exposing(each));
  if ((claims || means) && exposed && !closed) return 'claims-fix-but-exposed';
  const mended = fixed.some(heavy);
  if (introduced.some(heavy) || (introduced.length > 0 && !mended)) return 'introduces';
  if (closed && exposed) return 'partial';
  if (fixed.length > 0) return 'fixes';
  return relevant ? 'clean' : 'unrelated';
}

/** True if the code of a patch stops a device from bouncing, or tries to. */
function takesPoolAway({ introduced, fixed }: Comparison): boolean {
  const meant = new Set(['direct-tlb-mem-write', 'disable-no-effect']);
  return introduced.some(({ finding }) => meant.has(finding.rule)) || fixed.some(({ finding }) => isExposure(finding));
}

/** The remarks of the enabled rules on the text of a patch, by line. */
export function textHints(
  message: Message,
  comparison: Comparison,
  isOff: (rule: string) => boolean,
): readonly TextHint[] {
  const facts = { takesPoolAway: takesPoolAway(comparison) };
  const hints = textRules
    .filter(({ id }) => !isOff(id))
    .flatMap(({ id, find }) => find(message, facts).map((remark) => ({ rule: id, ...remark })));
  return hints.sort((a, b) => a.line - b.line);
}
