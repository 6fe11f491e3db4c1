import type { Compared, Comparison, PatchVerdict, TextHint } from '../types';
import { claimLine } from './claims';
import { isExposure } from './compare';
import type { Message } from './types';
import { textRules } from '../rules';

/** True where a message says that devices are taken out of the bounce pool. */
export const claimsFix = (message: Message): boolean => claimLine(message) !== null;

const exposing = (each: Compared): boolean => isExposure(each.finding) && (each.bytesAfter ?? 0) > 0;
const heavy = ({ finding }: Compared): boolean => finding.level !== 'hint';

/**
 * What a patch comes to. `relevant` is false for one that touches no code which has to do with a device's DMA; `claims` is
 * true for one that says it takes devices out of the bounce pool. A hint beside a real repair does not make it an evil.
 */
export function verdictOf(comparison: Comparison, relevant: boolean, claims: boolean): PatchVerdict {
  const { introduced, fixed, remaining } = comparison;
  const exposed = [...introduced, ...remaining].some(exposing);
  const closed = fixed.some(({ finding }) => isExposure(finding));
  // a helper that is named after what it does not do says so too
  const means = introduced.some((each) => each.finding.rule === 'disable-no-effect' && exposing(each));
  if ((claims || means) && exposed && !closed) return 'claims-fix-but-exposed';
  const mended = fixed.some(heavy);
  if (introduced.some(heavy) || (introduced.length > 0 && !mended)) return 'introduces';
  if (closed && exposed) return 'partial';
  if (fixed.length > 0) return 'fixes';
  return relevant ? 'clean' : 'unrelated';
}

/** True where a patch, by what it does, takes a device out of the bounce pool, or means to. */
export function takesPoolAway({ introduced, fixed }: Comparison): boolean {
  const meant = new Set(['direct-tlb-mem-write', 'disable-no-effect']);
  return introduced.some(({ finding }) => meant.has(finding.rule)) || fixed.some(({ finding }) => isExposure(finding));
}

/** The remarks on a patch's text of the rules that `isOff` leaves, by line. */
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
