export { brokenFunction } from './functions';
export { calleeOf } from './types';
export type { ConfigLiteral, FunctionUnit, Include, SourceUnit } from './types';
export { namedNumber } from './directives';
export { patchUnit } from './patch';
export type { Patch } from './patch';
export { createPieces } from './pieces';
export type { DefinitionSites, Pieces } from './pieces';
export { readUnit } from './unit';
