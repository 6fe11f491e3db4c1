import { applyEdits, newDependence, proposeFixes } from '../review';
import type { CheckResult, Finding, Fix } from '../review/types';
import type { CheckRequest, Engine, Needs } from './types';

/**
 * Looks for an edit that fixes a finding: each proposal is applied, and the file is checked again together with the files
 * that the finding refers to. Returns the first proposal after which the finding is gone and no new finding exposes data or
 * is more than a hint; null if there is none. `check` must belong to a separate engine, which then caches the edited text.
 */
export function verifiedFix(
  request: CheckRequest,
  finding: Finding,
  check: Engine['check'],
): { readonly fix: Fix | null } | Needs {
  const text = request.snapshot.read(finding.file);
  const proposals = typeof text === 'string' ? proposeFixes(finding, text, request.trust) : [];
  if (typeof text !== 'string' || proposals.length === 0) return { fix: null };
  const concerned = new Set([finding.file, ...[...finding.evidence, ...finding.related].map(({ file }) => file)]);
  const files = request.files.filter((file) => concerned.has(file));
  const context = [...(request.context ?? []), ...request.files.filter((file) => !concerned.has(file))];
  const checked = (replaced: string): ReturnType<Engine['check']> => {
    const read = (path: string): string | null | undefined =>
      path === finding.file ? replaced : request.snapshot.read(path);
    return check({ ...request, files, context, snapshot: { read } });
  };
  const before = checked(text);
  if ('needs' in before) return before;
  for (const fix of proposals) {
    const after = checked(applyEdits(text, fix.edits));
    if ('needs' in after) return after;
    if (!isFixed(before, after, finding)) continue;
    const dependsOn = newDependence(before.devices, after.devices);
    return { fix: { ...fix, verified: true, ...(dependsOn && { dependsOn }) } };
  }
  return { fix: null };
}

/** True if the finding is gone and there is no new exposure, error, warning or gap in the analysis. */
function isFixed(before: CheckResult, after: CheckResult, finding: Finding): boolean {
  const known = new Set(before.findings.map(({ fingerprint }) => fingerprint));
  return (
    known.has(finding.fingerprint) &&
    after.findings.every(
      ({ fingerprint, level, counterexample }) =>
        fingerprint !== finding.fingerprint &&
        (known.has(fingerprint) || (level === 'hint' && (counterexample?.exposedBytes ?? 0) === 0)),
    ) &&
    after.stats.partial.length <= before.stats.partial.length
  );
}

/** A check whose findings have their verified fixes. */
export function checkWithFixes(engine: Engine, request: CheckRequest): CheckResult | Needs {
  const result = engine.check(request);
  if ('needs' in result) return result;
  const findings: Finding[] = [];
  for (const finding of result.findings) {
    const found = engine.fix(request, finding);
    if ('needs' in found) return found;
    findings.push(found.fix ? { ...finding, fix: found.fix } : finding);
  }
  return { ...result, findings };
}
