export { calleeOf } from './types';
export type { ConfigLiteral, FunctionUnit, Include, SourceUnit } from './types';
export { namedNumber } from './directives';
export { patchUnit } from './patch';
export type { Patch } from './patch';
export { readUnit } from './unit';
