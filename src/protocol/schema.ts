/** The settings as schemas: for the settings editor of VS Code and for coco-dma.json. */
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
  "The kernel whose behaviour is assumed. `auto` goes by the tree's Makefile, and takes the newest release where there is none.";

const runHelp: Readonly<Record<RunMode, string>> = {
  onType: 'While you type.',
  onSave: 'When a file is opened or saved.',
  manual: 'Only by the command *Check File*.',
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
      markdownDescription: 'When drivers are analysed.',
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
        "A kernel's `.config`, which decides `#if` and `IS_ENABLED()`, named from the folder of the workspace, in `coco-dma.json` from its own. Without it, what a kernel for confidential VMs does not fix is taken either way.",
    },
    rules: {
      type: 'object',
      properties: Object.fromEntries(rules.map(ruleSchema)),
      additionalProperties: false,
      default: {},
      markdownDescription: 'How loudly each rule speaks: `off`, `hint`, `warning` or `error`.',
    },
    baseline: {
      type: 'string',
      default: defaults.baseline,
      markdownDescription:
        'A file of known findings, written by `coco-dma baseline write`, named from the root of the tree. They are not shown.',
    },
    ...extensionSchemas,
    maxFileSize: {
      type: 'integer',
      minimum: 1,
      maximum: largestFileSize,
      default: defaults.maxFileSize,
      markdownDescription: 'Larger files (in bytes) are left alone.',
    },
  };
}

/** `contributes.configuration` of the extension. */
export function configurationSchema(names: Names): object {
  const trace = {
    type: 'string',
    enum: ['off', 'messages', 'verbose'],
    default: 'off',
    markdownDescription: 'What the output channel records of the talk between VS Code and the language server.',
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
    'Findings to leave out, for trees that accept no comments of tools. One that leaves out nothing is told of.',
  items: {
    type: 'object',
    required: ['rule', 'file', 'reason'],
    additionalProperties: false,
    properties: {
      rule: { type: 'string', markdownDescription: 'The id of a rule.' },
      file: { type: 'string', minLength: 1, markdownDescription: 'The file, named from the folder of this one.' },
      function: { type: 'string', markdownDescription: 'The function; without it, anywhere in the file.' },
      reason: { type: 'string', minLength: 1, markdownDescription: 'Why the finding is to be left out.' },
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
    description: 'Settings of coco-dma for everyone who works on this tree.',
    type: 'object',
    additionalProperties: false,
    properties: {
      $schema: { type: 'string' },
      ...settingSchemas(names),
      suppress: { ...suppressSchema, items: { ...suppressSchema.items, properties } },
    },
  };
}
