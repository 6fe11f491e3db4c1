export { inspectFile, reviewFiles, simulateFiles, type ReviewRequest } from './check';
export type { Review } from './check';
export { ruleLevels } from './rules';
