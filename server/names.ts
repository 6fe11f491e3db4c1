import { kernelVersions, ruleLevels } from '../src/engine';
import type { Names } from '../src/protocol';
import { pageSummary } from '../src/report';

/** docs/rules/*.md by rule id, defined by the build. */
declare const COCO_DMA_RULE_PAGES: Readonly<Record<string, string>>;

/** The text of a rule's page, or null for an unknown rule. */
export function rulePageText(id: string): string | null {
  return Object.hasOwn(COCO_DMA_RULE_PAGES, id) ? (COCO_DMA_RULE_PAGES[id] ?? null) : null;
}

/** The names that settings may use, from the engine. */
export function knownNames(): Names {
  const rules = [...ruleLevels].map(([id, level]) => {
    const page = rulePageText(id);
    return { id, level, summary: page === null ? '' : pageSummary(page).summary };
  });
  return { kernels: kernelVersions, rules };
}
