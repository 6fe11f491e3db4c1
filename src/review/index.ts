export { applyEdits, proposeFixes } from './fixes';
export { inspectFile, reviewFiles, simulateFiles, type ReviewRequest } from './check';
export { listInventory } from './inventory';
export type { Review } from './check';
export { createDecider, decide, type Decider } from './decide';
export { ruleLevels } from './rules';
export { suppressionComments } from './suppression';
