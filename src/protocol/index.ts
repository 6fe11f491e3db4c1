export { readBaseline, writeBaseline, type BaselineEntry } from './baseline';
export { namedBuses } from './extension';
export * from './messages';
export { projectFileName, readProject, type Project, type ProjectSuppression } from './project';
export { languages, mayMatter } from './relevance';
export { configurationSchema, projectSchema } from './schema';
export {
  defaults,
  mergeLayers,
  readLayer,
  section,
  type Effective,
  type Layer,
  type Names,
  type RuleSetting,
  type RunMode,
  type Settings,
  type Source,
} from './settings';
