export * from './messages';
export { languages, mayMatter } from './relevance';
export {
  configurationSchema,
  defaults,
  readSettings,
  section,
  type Names,
  type RuleSetting,
  type RunMode,
  type Settings,
} from './settings';
