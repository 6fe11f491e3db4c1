export { gccReport, githubReport, jsonReport, type Told } from './formats';
export { inventoryJson, inventoryText } from './inventory';
export { mergeSarif, sarifRuns } from './merge';
export { drawPage, pageSummary, type PageSummary } from './page';
export { sarifReport, type RuleHelp, type SarifView } from './sarif';
export { drawSimulation, groupOutcomes, type OutcomeGroup } from './simulation';
export { ansi, plain, type Painter, type Role } from './style';
export { count } from './summary';
export { textClosing, textFindings, textReport } from './text';
