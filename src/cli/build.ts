/** The version in package.json, defined by the build. */
declare const COCO_DMA_VERSION: string;

/** docs/rules/*.md by rule id, defined by the build. */
declare const COCO_DMA_RULE_PAGES: Readonly<Record<string, string>>;

/** The version of this program. */
export const programVersion = COCO_DMA_VERSION;

/** The ids of the rules with a page. */
export const pageIds = (): string[] => Object.keys(COCO_DMA_RULE_PAGES);

/** The page of a rule in Markdown; undefined for an unknown rule. */
export function rulePage(id: string): string | undefined {
  return Object.hasOwn(COCO_DMA_RULE_PAGES, id) ? COCO_DMA_RULE_PAGES[id] : undefined;
}
