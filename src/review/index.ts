export { inspectFile, reviewFiles, simulateFiles, type ReviewRequest } from './check';
export { listInventory } from './inventory';
export type { Review } from './check';
export { ruleLevels } from './rules';
