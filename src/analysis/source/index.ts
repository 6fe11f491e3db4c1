export { calleeOf } from './types';
export type { ConfigLiteral, FunctionUnit, Include, SourceUnit } from './types';
export { namedNumber } from './directives';
export { readUnit } from './unit';
