/**
 * The settings, in the one place that says what there is: the editor's section `cocoDma` and the project file take the
 * same names. package.json's `contributes.configuration` and the schema of coco-dma.json are made from here
 * (`schema.ts`), and test/manifest holds them to it.
 */

import { readModels, readTrust, type ModelSetting, type TrustSetting } from './extension';

/** The section that settings live in: `cocoDma.kernel`, or `{"cocoDma": {"kernel": …}}`. */
export const section = 'cocoDma';

/** When a document is analysed. */
export const runModes = ['onType', 'onSave', 'manual'] as const;
export type RunMode = (typeof runModes)[number];

/** How loudly a rule speaks, if at all. */
export const ruleSettings = ['off', 'hint', 'warning', 'error'] as const;
export type RuleSetting = (typeof ruleSettings)[number];

/** What the engine knows and this room does not: the names that settings may choose from. */
export interface Names {
  readonly kernels: readonly string[];
  /** Rule ids, each with its level and a line on what it finds. */
  readonly rules: readonly { readonly id: string; readonly level: string; readonly summary: string }[];
}

/** The settings of one document, or of one run of the command line. */
export interface Settings {
  readonly kernel: string;
  /** A kernel's `.config`, named from the project file's or the workspace's folder; empty for none. */
  readonly kconfig: string;
  readonly rules: ReadonlyMap<string, RuleSetting>;
  readonly run: RunMode;
  /** Bytes. */
  readonly maxFileSize: number;
  /** A file of known findings, named from the project's folder; empty for none. */
  readonly baseline: string;
  readonly trust: readonly TrustSetting[];
  readonly models: readonly ModelSetting[];
}

/** What one source of settings says; what it leaves open is absent. */
export type Layer = Partial<Settings>;

/** A source of settings and what it is called where a value's origin is told. */
export interface Source {
  readonly origin: string;
  readonly layer: Layer;
}

/** Keys of the section that the client alone reads. */
const clientKeys: readonly string[] = ['trace'];

/** Largest file that a setting may ask for, in bytes. */
export const largestFileSize = 50 * 1024 * 1024;

/** What holds where nothing is set. */
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

/** Reads one value of a setting; `problem` tells what is wrong with it, without naming the setting. */
type Reader<Value> = (
  value: unknown,
  names: Names,
  problem: (what: string, below?: string) => void,
) => Value | undefined;

function choice<Value extends string>(known: (names: Names) => readonly Value[]): Reader<Value> {
  return (value, names, problem) => {
    const found = known(names).find((each) => each === value);
    if (found === undefined) problem(`${JSON.stringify(value)} is none of ${listed(known(names))}`);
    return found;
  };
}

const readRule = choice(() => ruleSettings);

const readRules: Reader<Settings['rules']> = (value, names, problem) => {
  if (!isRecord(value)) {
    problem(`is to be an object, rule id to ${listed(ruleSettings)}`);
    return undefined;
  }
  const read = new Map<string, RuleSetting>();
  for (const [id, setting] of Object.entries(value)) {
    const chosen = readRule(setting, names, (what) => problem(what, id));
    if (!names.rules.some((rule) => rule.id === id)) problem(`there is no rule '${id}'; coco-dma rules lists them`);
    else if (chosen !== undefined) read.set(id, chosen);
  }
  return read;
};

const readFileName: Reader<string> = (value, _names, problem) => {
  if (typeof value === 'string') return value;
  problem(`is to be the name of a file, not ${JSON.stringify(value)}`);
  return undefined;
};

const readers: { readonly [Name in keyof Settings]: Reader<Settings[Name]> } = {
  kernel: choice(({ kernels }) => ['auto', ...kernels]),
  kconfig: readFileName,
  rules: readRules,
  run: choice(() => runModes),
  maxFileSize(value, _names, problem) {
    if (typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= largestFileSize) return value;
    problem(`${JSON.stringify(value)} is no number of bytes up to ${largestFileSize}`);
    return undefined;
  },
  baseline: readFileName,
  trust: (value, _names, problem) => readTrust(value, problem),
  models: (value, _names, problem) => readModels(value, problem),
};

/** The names of all settings. */
export const settingNames = Object.keys(readers) as readonly (keyof Settings)[];

/**
 * Reads one source of settings from whatever it holds. A wrong value counts as not set; what is wrong is told in
 * `problems`, one line each, under the name that starts with `prefix`.
 */
export function readLayer(value: unknown, names: Names, prefix: string): { layer: Layer; problems: readonly string[] } {
  const problems: string[] = [];
  const given = isRecord(value) ? value : {};
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(readers, name) && !clientKeys.includes(name))
      problems.push(`${prefix}${name}: there is no such setting`);
  }
  const read = <Name extends keyof Settings>(name: Name): [Name, Settings[Name] | undefined] => {
    const own = given[name];
    if (own === undefined || own === null) return [name, undefined];
    const tell = (what: string, below?: string): void =>
      void problems.push(`${prefix}${name}${below === undefined ? '' : `.${below}`}: ${what}`);
    return [name, readers[name](own, names, tell)];
  };
  const entries = settingNames.map(read).filter(([, each]) => each !== undefined);
  return { layer: Object.fromEntries(entries), problems };
}

const listText = (value: object): string => (Array.isArray(value) && value.length === 0 ? '' : JSON.stringify(value));

/** One setting as it comes out, and the source that decided it. */
export interface Effective {
  /** `rules.<id>` for the level of a rule. */
  readonly name: string;
  readonly value: string | number;
  readonly origin: string;
}

/** Lays sources over each other, the strongest first; each rule's level is a setting of its own. */
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
    const told = typeof value === 'object' ? listText(value) : value;
    effective.push({ name, value: told, origin: source.origin });
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
