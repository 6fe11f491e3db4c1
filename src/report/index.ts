export { gccReport, githubReport, jsonReport } from './formats';
export { inventoryJson, inventoryText } from './inventory';
export { drawPage, pageSummary, type PageSummary } from './page';
export { drawSimulation, groupOutcomes, type OutcomeGroup } from './simulation';
export { ansi, plain, type Painter, type Role } from './style';
export { count } from './summary';
export { textReport } from './text';
