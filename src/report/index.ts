export { gccReport, githubReport, jsonReport, type Reported } from './formats';
export { inventoryJson, inventoryText } from './inventory';
export { mergeSarif, sarifRuns } from './merge';
export { drawPage, pageSummary, type PageSummary } from './page';
export { reviewText, type ReviewView } from './review';
export { sarifReport, type RuleHelp, type SarifView } from './sarif';
export {
  drawSimulation,
  groupOutcomes,
  nothingToSimulate,
  sameOutcome,
  simulationTotals,
  type OutcomeGroup,
} from './simulation';
export { ansi, plain, type Painter, type Role } from './style';
export { textClosing, textFindings, textReport } from './text';
export { conditionText, count, fullMessage, gapText, kernelRange, listed } from './wording';
