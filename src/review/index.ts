export { inspectFile, reviewFiles, simulateFiles } from './check';
export type { Review } from './check';
export { ruleLevels } from './rules';
