/**
 * The settings, in the one place that says what there is. The server reads them through `readSettings`; package.json's
 * `contributes.configuration` is `configurationSchema`, which test/manifest holds it to.
 */

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

/** The settings of one document. */
export interface Settings {
  readonly kernel: string;
  readonly rules: ReadonlyMap<string, RuleSetting>;
  readonly run: RunMode;
  /** Bytes. */
  readonly maxFileSize: number;
}

/** Keys of the section that the client alone reads. */
const clientKeys: readonly string[] = ['trace'];

const largest = 50 * 1024 * 1024;

/** What holds where nothing is set. */
export const defaults: Settings = { kernel: 'auto', rules: new Map(), run: 'onType', maxFileSize: 4 * 1024 * 1024 };

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const listed = (values: readonly string[]): string => values.join(', ');

/** Reads one choice; an unknown value is told of and counts as not set. */
function choice<Value extends string>(
  name: string,
  value: unknown,
  known: readonly Value[],
  problems: string[],
): Value | undefined {
  if (value === undefined || value === null) return undefined;
  const found = known.find((each) => each === value);
  if (found === undefined) {
    problems.push(`${section}.${name}: ${JSON.stringify(value)} is none of ${listed(known)}; the default is used`);
  }
  return found;
}

function readRules(value: unknown, { rules }: Names, problems: string[]): ReadonlyMap<string, RuleSetting> {
  const read = new Map<string, RuleSetting>();
  if (value === undefined || value === null) return read;
  if (!isRecord(value)) {
    problems.push(`${section}.rules: is to be an object, rule id to ${listed(ruleSettings)}; it is ignored`);
    return read;
  }
  for (const [id, setting] of Object.entries(value)) {
    if (!rules.some((rule) => rule.id === id)) {
      problems.push(`${section}.rules: there is no rule '${id}'; it is ignored`);
      continue;
    }
    const chosen = choice(`rules.${id}`, setting, ruleSettings, problems);
    if (chosen !== undefined) read.set(id, chosen);
  }
  return read;
}

function readSize(value: unknown, problems: string[]): number {
  if (value === undefined || value === null) return defaults.maxFileSize;
  if (typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= largest) return value;
  problems.push(
    `${section}.maxFileSize: ${JSON.stringify(value)} is no number of bytes up to ${largest}; the default is used`,
  );
  return defaults.maxFileSize;
}

/** Reads the settings from whatever a client sends; what is wrong with them is told in `problems`, one line each. */
export function readSettings(value: unknown, names: Names): { settings: Settings; problems: readonly string[] } {
  const problems: string[] = [];
  const given = isRecord(value) ? value : {};
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(defaults, name) && !clientKeys.includes(name))
      problems.push(`${section}.${name}: there is no such setting`);
  }
  const settings: Settings = {
    kernel: choice('kernel', given['kernel'], ['auto', ...names.kernels], problems) ?? defaults.kernel,
    rules: readRules(given['rules'], names, problems),
    run: choice('run', given['run'], runModes, problems) ?? defaults.run,
    maxFileSize: readSize(given['maxFileSize'], problems),
  };
  return { settings, problems };
}

const kernelHelp =
  "The kernel whose behaviour is assumed. `auto` goes by the tree's Makefile, and takes the newest release where there is none.";

const runHelp: Readonly<Record<RunMode, string>> = {
  onType: 'While you type.',
  onSave: 'When a file is opened or saved.',
  manual: 'Only by the command *Check File*.',
};

/** `contributes.configuration` of the extension. */
export function configurationSchema({ kernels, rules }: Names): object {
  const ruleSchema = ({ id, level, summary }: Names['rules'][number]): [string, object] => [
    id,
    { type: 'string', enum: ruleSettings, default: level, markdownDescription: summary },
  ];
  return {
    title: 'CoCo DMA',
    properties: {
      [`${section}.run`]: {
        type: 'string',
        enum: runModes,
        markdownEnumDescriptions: runModes.map((mode) => runHelp[mode]),
        default: defaults.run,
        scope: 'resource',
        order: 1,
        markdownDescription: 'When drivers are analysed.',
      },
      [`${section}.kernel`]: {
        type: 'string',
        enum: ['auto', ...kernels],
        default: defaults.kernel,
        scope: 'resource',
        order: 2,
        markdownDescription: kernelHelp,
      },
      [`${section}.rules`]: {
        type: 'object',
        properties: Object.fromEntries(rules.map(ruleSchema)),
        additionalProperties: false,
        default: {},
        scope: 'resource',
        order: 3,
        markdownDescription: 'How loudly each rule speaks: `off`, `hint`, `warning` or `error`.',
      },
      [`${section}.maxFileSize`]: {
        type: 'integer',
        minimum: 1,
        maximum: largest,
        default: defaults.maxFileSize,
        scope: 'resource',
        order: 4,
        markdownDescription: 'Larger files (in bytes) are left alone.',
      },
      [`${section}.trace.server`]: {
        type: 'string',
        enum: ['off', 'messages', 'verbose'],
        default: 'off',
        scope: 'window',
        order: 5,
        markdownDescription: 'What the output channel records of the talk between VS Code and the language server.',
      },
    },
  };
}
