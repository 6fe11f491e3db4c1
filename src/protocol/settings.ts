/**
 * The definition of all settings. The editor's section `cocoDma` and the project file use the same names.
 * `contributes.configuration` in package.json and the schema of coco-dma.json are generated from here (`schema.ts`), and
 * test/manifest checks that they are up to date.
 */

import { readModels, readTrust, type ModelSetting, type TrustSetting } from './extension';

/** The section of the settings: `cocoDma.kernel`, or `{"cocoDma": {"kernel": …}}`. */
export const section = 'cocoDma';

/** When to analyze a document. */
export const runModes = ['onType', 'onSave', 'manual'] as const;
export type RunMode = (typeof runModes)[number];

/** Severity of a rule. */
export const ruleSettings = ['off', 'hint', 'warning', 'error'] as const;
export type RuleSetting = (typeof ruleSettings)[number];

/** Names that settings may use; they come from the engine. */
export interface Names {
  readonly kernels: readonly string[];
  /** Rule ids, each with its level and a one-line summary. */
  readonly rules: readonly { readonly id: string; readonly level: string; readonly summary: string }[];
}

/** The settings of one document, or of one run of the command line. */
export interface Settings {
  readonly kernel: string;
  /** A kernel's `.config`, relative to the project file's or the workspace folder; empty for none. */
  readonly kconfig: string;
  readonly rules: ReadonlyMap<string, RuleSetting>;
  readonly run: RunMode;
  /** Bytes. */
  readonly maxFileSize: number;
  /** A file of known findings, relative to the project's folder; empty for none. */
  readonly baseline: string;
  readonly trust: readonly TrustSetting[];
  readonly models: readonly ModelSetting[];
}

/** The settings of one source; unset ones are absent. */
export type Layer = Partial<Settings>;

/** A source of settings and its name, for display. */
export interface Source {
  readonly origin: string;
  readonly layer: Layer;
}

/** Keys of the section that only the client reads. */
const clientKeys: readonly string[] = ['trace'];

/** Upper limit for `maxFileSize`, in bytes. */
export const largestFileSize = 50 * 1024 * 1024;

/** The default settings. */
export const defaults: Settings = {
  kernel: 'auto',
  kconfig: '',
  rules: new Map(),
  run: 'onType',
  maxFileSize: 4 * 1024 * 1024,
  baseline: '',
  trust: [],
  models: [],
};

/** True for an object that is neither null nor an array. */
export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const listed = (values: readonly string[]): string => values.join(', ');

/** Reads the value of a setting; `problem` gets an error, without the name of the setting. */
type Reader<Value> = (
  value: unknown,
  names: Names,
  problem: (what: string, below?: string) => void,
) => Value | undefined;

function choice<Value extends string>(known: (names: Names) => readonly Value[]): Reader<Value> {
  return (value, names, problem) => {
    const found = known(names).find((each) => each === value);
    if (found === undefined) problem(`${JSON.stringify(value)} is not one of ${listed(known(names))}`);
    return found;
  };
}

const readRule = choice(() => ruleSettings);

const readRules: Reader<Settings['rules']> = (value, names, problem) => {
  if (!isRecord(value)) {
    problem(`must be an object with rule ids as keys and ${listed(ruleSettings)} as values`);
    return undefined;
  }
  const read = new Map<string, RuleSetting>();
  for (const [id, setting] of Object.entries(value)) {
    const chosen = readRule(setting, names, (what) => problem(what, id));
    if (!names.rules.some((rule) => rule.id === id))
      problem(`unknown rule '${id}'; \`coco-dma rules\` lists the rules`);
    else if (chosen !== undefined) read.set(id, chosen);
  }
  return read;
};

const readFileName: Reader<string> = (value, _names, problem) => {
  if (typeof value === 'string') return value;
  problem(`must be a file name, not ${JSON.stringify(value)}`);
  return undefined;
};

const readers: { readonly [Name in keyof Settings]: Reader<Settings[Name]> } = {
  kernel: choice(({ kernels }) => ['auto', ...kernels]),
  kconfig: readFileName,
  rules: readRules,
  run: choice(() => runModes),
  maxFileSize(value, _names, problem) {
    if (typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= largestFileSize) return value;
    problem(`must be a number of bytes from 1 to ${largestFileSize}, not ${JSON.stringify(value)}`);
    return undefined;
  },
  baseline: readFileName,
  trust: (value, _names, problem) => readTrust(value, problem),
  models: (value, _names, problem) => readModels(value, problem),
};

/** The names of all settings. */
const settingNames = Object.keys(readers) as readonly (keyof Settings)[];

/**
 * Reads one source of settings. An invalid value counts as not set; `problems` are the errors, one line each, with the names
 * of settings after `prefix`.
 */
export function readLayer(value: unknown, names: Names, prefix: string): { layer: Layer; problems: readonly string[] } {
  const problems: string[] = [];
  const given = isRecord(value) ? value : {};
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(readers, name) && !clientKeys.includes(name)) problems.push(`${prefix}${name}: unknown setting`);
  }
  const read = <Name extends keyof Settings>(name: Name): [Name, Settings[Name] | undefined] => {
    const own = given[name];
    if (own === undefined || own === null) return [name, undefined];
    const problem = (what: string, below?: string): void =>
      void problems.push(`${prefix}${name}${below === undefined ? '' : `.${below}`}: ${what}`);
    return [name, readers[name](own, names, problem)];
  };
  const entries = settingNames.map(read).filter(([, each]) => each !== undefined);
  return { layer: Object.fromEntries(entries), problems };
}

const listText = (value: object): string => (Array.isArray(value) && value.length === 0 ? '' : JSON.stringify(value));

/** An effective setting and where it was set. */
export interface Effective {
  /** `rules.<id>` for the level of a rule. */
  readonly name: string;
  readonly value: string | number;
  readonly origin: string;
}

/** Merges sources, the strongest first; each rule's level is a separate setting. */
export function mergeLayers(sources: readonly Source[]): { settings: Settings; effective: readonly Effective[] } {
  const all = [...sources, { origin: 'default', layer: defaults }];
  const chosen: Record<string, unknown> = {};
  const effective: Effective[] = [];
  for (const name of settingNames) {
    if (name === 'rules') continue;
    const source = all.find(({ layer }) => layer[name] !== undefined);
    const value = source?.layer[name];
    if (source === undefined || value === undefined) continue;
    chosen[name] = value;
    const shown = typeof value === 'object' ? listText(value) : value;
    effective.push({ name, value: shown, origin: source.origin });
  }
  const rules = new Map<string, RuleSetting>();
  for (const { origin, layer } of all) {
    for (const [id, level] of layer.rules ?? []) {
      if (rules.has(id)) continue;
      rules.set(id, level);
      effective.push({ name: `rules.${id}`, value: level, origin });
    }
  }
  return { settings: { ...defaults, ...chosen, rules }, effective };
}
