export { resourceCall } from './calls';
export type { Fault, FaultKind } from './fault';
export { faultsOf } from './fault';
export { holdAll } from './locks';
export { memoryOf } from './memory';
export { noteReads, readPlaces } from './reads';
export { track } from './track';
export { noteComparison } from './types';
export { afterCall, afterUnknown, noteEnd, noteLost, noteStore, noteTest, poolChanged } from './watch';
