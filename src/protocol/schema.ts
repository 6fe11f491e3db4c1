/** The schemas of the settings, for the settings editor of VS Code and for coco-dma.json. */
import { extensionSchemas } from './extension';
import {
  defaults,
  largestFileSize,
  ruleSettings,
  runModes,
  section,
  type Names,
  type RunMode,
  type Settings,
} from './settings';

const kernelHelp =
  "The kernel to simulate. `auto` uses the version in the tree's Makefile, or the newest release without one.";

const runHelp: Readonly<Record<RunMode, string>> = {
  onType: 'While you type.',
  onSave: 'When a file is opened or saved.',
  manual: 'Only with the command *Check File*.',
};

/** The schema of each setting, in the order in which they are shown. */
function settingSchemas({ kernels, rules }: Names): Readonly<Record<keyof Settings, object>> {
  const ruleSchema = ({ id, level, summary }: Names['rules'][number]): [string, object] => [
    id,
    { type: 'string', enum: ruleSettings, default: level, markdownDescription: summary },
  ];
  return {
    run: {
      type: 'string',
      enum: runModes,
      markdownEnumDescriptions: runModes.map((mode) => runHelp[mode]),
      default: defaults.run,
      markdownDescription: 'When to analyze drivers.',
    },
    kernel: {
      type: 'string',
      enum: ['auto', ...kernels],
      default: defaults.kernel,
      markdownDescription: kernelHelp,
    },
    kconfig: {
      type: 'string',
      default: defaults.kconfig,
      markdownDescription:
        "A kernel's `.config`, which decides `#if` and `IS_ENABLED()`. Relative to the workspace folder, or in `coco-dma.json` to the folder of that file. Without it, both arms of an `#if` are analyzed if a symbol is unknown.",
    },
    rules: {
      type: 'object',
      properties: Object.fromEntries(rules.map(ruleSchema)),
      additionalProperties: false,
      default: {},
      markdownDescription: 'Severity of each rule: `off`, `hint`, `warning` or `error`.',
    },
    baseline: {
      type: 'string',
      default: defaults.baseline,
      markdownDescription:
        'A file of known findings, written by `coco-dma baseline write`, relative to the root of the tree. Findings in it are not shown.',
    },
    ...extensionSchemas,
    maxFileSize: {
      type: 'integer',
      minimum: 1,
      maximum: largestFileSize,
      default: defaults.maxFileSize,
      markdownDescription: 'Maximum file size in bytes. Larger files are not analyzed.',
    },
  };
}

/** `contributes.configuration` of the extension. */
export function configurationSchema(names: Names): object {
  const trace = {
    type: 'string',
    enum: ['off', 'messages', 'verbose'],
    default: 'off',
    markdownDescription: 'Traces the messages between VS Code and the language server in the output channel.',
  };
  const own = Object.entries(settingSchemas(names)).map(([name, schema]) => [name, schema, 'resource'] as const);
  const properties = [...own, ['trace.server', trace, 'window'] as const].map(([name, schema, scope], index) => [
    `${section}.${name}`,
    { ...schema, scope, order: index + 1 },
  ]);
  return { title: 'CoCo DMA', properties: Object.fromEntries(properties) as object };
}

const suppressSchema = {
  type: 'array',
  markdownDescription:
    'Findings to suppress, for trees that do not accept comments for tools. Unused suppressions are reported.',
  items: {
    type: 'object',
    required: ['rule', 'file', 'reason'],
    additionalProperties: false,
    properties: {
      rule: { type: 'string', markdownDescription: 'The id of a rule.' },
      file: {
        type: 'string',
        minLength: 1,
        markdownDescription: 'The file, relative to the folder of `coco-dma.json`.',
      },
      function: { type: 'string', markdownDescription: 'The function. Without it, anywhere in the file.' },
      reason: { type: 'string', minLength: 1, markdownDescription: 'Why the finding does not apply.' },
    },
  },
} as const;

/** The JSON schema of coco-dma.json. */
export function projectSchema(names: Names): object {
  const rule = { ...suppressSchema.items.properties.rule, enum: names.rules.map(({ id }) => id) };
  const properties = { ...suppressSchema.items.properties, rule };
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'coco-dma.json',
    description: 'Shared settings of coco-dma for this tree.',
    type: 'object',
    additionalProperties: false,
    properties: {
      $schema: { type: 'string' },
      ...settingSchemas(names),
      suppress: { ...suppressSchema, items: { ...suppressSchema.items, properties } },
    },
  };
}
