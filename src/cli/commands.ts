import { baseline } from './baseline';
import { check } from './check';
import { parserOption } from './engine';
import { inventory } from './inventory';
import { cacheOptions, jobsOption, narrowOptions } from './narrow';
import { kconfigOption, kernelOption, treeOption } from './kernel';
import { merge } from './merge';
import type { Arguments, OptionSpec } from './options';
import { explain, rules } from './pages';
import { review } from './review';
import { replay } from './replay';
import { busOption, platformOption, scenarios } from './scenarios';
import { simulate } from './simulate';
import { baselineOption, configOption, recordOption, showSettings } from './settings';
import type { ExitCode } from './terminal';

/** One command of the command line. */
export interface Command {
  readonly name: string;
  readonly operands: string;
  /** One line in the list of commands. */
  readonly summary: string;
  /** More lines of its help. */
  readonly details?: string;
  readonly options: readonly OptionSpec[];
  run(args: Arguments): ExitCode | Promise<ExitCode>;
}

const helpOption: OptionSpec = { name: 'help', short: 'h', help: 'show this help' };

const color: OptionSpec = {
  name: 'color',
  value: 'WHEN',
  choices: ['auto', 'always', 'never'],
  help: 'use color: auto (on a terminal, unless NO_COLOR is set; default), always, never',
};
const output: OptionSpec = {
  name: 'output',
  value: 'FILE',
  help: 'write the result to FILE instead of standard output',
};
const format = (...choices: string[]): OptionSpec => ({
  name: 'format',
  value: 'FORMAT',
  choices,
  help: `${choices.join(', ')} (default: ${choices[0]})`,
});

/** The commands, in the order the help lists them. */
export const commands: readonly Command[] = [
  {
    name: 'check',
    operands: 'PATH…',
    summary: 'analyze files and directories, print findings',
    details: [
      'PATH is a C file, a directory, or - for standard input.',
      'In a kernel build: make C=2 CHECK="coco-dma check --format gcc" (compiler flags are ignored).',
    ].join('\n'),
    options: [
      kernelOption,
      treeOption,
      kconfigOption,
      configOption,
      format('text', 'json', 'sarif', 'gcc', 'github'),
      output,
      {
        name: 'fail-on',
        value: 'LEVEL',
        choices: ['error', 'warning', 'never'],
        help: 'exit with 1 for findings of this level or above: error (default), warning, never',
      },
      baselineOption,
      ...narrowOptions,
      jobsOption,
      parserOption,
      ...cacheOptions,
      { name: 'stats', help: 'print statistics, and what was not analyzed and why' },
      { name: 'stdin-filename', value: 'FILE', help: 'name of the file on standard input' },
      color,
      helpOption,
    ],
    run: check,
  },
  {
    name: 'inventory',
    operands: 'PATH…',
    summary: 'list every call that sets up, uses or tears down DMA, with its device',
    details: 'Lists code of every configuration except #if 0, and code in macros (once, at the definition).',
    options: [
      treeOption,
      parserOption,
      format('text', 'json'),
      output,
      { name: 'stdin-filename', value: 'FILE', help: 'name of the file on standard input' },
      color,
      helpOption,
    ],
    run: inventory,
  },
  {
    name: 'simulate',
    operands: 'FILE[:LINE]',
    summary: 'simulate the device paths of a file in every scenario, print the outcomes',
    options: [
      { name: 'device', value: 'EXPR', help: 'only this device, as written in the source: `hdev->device`' },
      {
        name: 'scenario',
        value: 'NAME',
        help: 'only this scenario: `snp-vtom/default` (`coco-dma scenarios` lists them)',
      },
      { name: 'emit-program', help: 'print the DMA programs, one per line, for `replay`' },
      kernelOption,
      treeOption,
      kconfigOption,
      configOption,
      parserOption,
      format('text', 'json'),
      output,
      color,
      helpOption,
    ],
    run: simulate,
  },
  {
    name: 'replay',
    operands: 'PROGRAM.json|-',
    summary: 'run DMA programs on the simulator, print one result per line',
    details: 'The file contains one program, or one per line; - is standard input.',
    options: [output, helpOption],
    run: replay,
  },
  {
    name: 'review',
    operands: 'PATCH|MBOX|-|REV..REV',
    summary: 'compare findings before and after a patch, give a verdict, check its text',
    details: [
      'PATCH is a unified diff or a mail with one, MBOX a series of mails, - standard input, REV..REV a range of commits in the tree.',
      '--tree is the tree before the patch; it is not modified.',
      'Verdicts: clean, fixes, partial, claims-fix-but-exposed, introduces, unrelated.',
    ].join('\n'),
    options: [
      treeOption,
      kernelOption,
      kconfigOption,
      configOption,
      parserOption,
      format('text', 'json'),
      output,
      {
        name: 'fail-on',
        value: 'LEVEL',
        choices: ['error', 'warning', 'never'],
        help: 'exit with 1 if findings of this level or above are introduced: error, warning, never (default: by verdict)',
      },
      helpOption,
    ],
    run: review,
  },
  {
    name: 'baseline',
    operands: 'write|check PATH…',
    summary: 'record the current findings, or compare with the record',
    details: [
      'write: records all current findings; `check --baseline FILE` then reports only new ones.',
      'check: lists new findings and recorded ones that are gone; exits with 1 if there are any.',
    ].join('\n'),
    options: [
      kernelOption,
      treeOption,
      kconfigOption,
      configOption,
      recordOption,
      ...narrowOptions,
      jobsOption,
      parserOption,
      ...cacheOptions,
      helpOption,
    ],
    run: baseline,
  },
  {
    name: 'merge',
    operands: 'SARIF…',
    summary: 'merge the SARIF logs of shards into one',
    options: [output, helpOption],
    run: merge,
  },
  {
    name: 'settings',
    operands: '[PATH]',
    summary: 'show effective settings and where each was set',
    options: [kernelOption, treeOption, kconfigOption, configOption, format('text', 'json'), helpOption],
    run: showSettings,
  },
  {
    name: 'explain',
    operands: 'RULE',
    summary: 'explain a rule: what it finds, why it matters, how to fix it',
    options: [color, helpOption],
    run: explain,
  },
  {
    name: 'rules',
    operands: '',
    summary: 'list the rules',
    options: [format('text', 'json'), color, helpOption],
    run: rules,
  },
  {
    name: 'scenarios',
    operands: '',
    summary: 'list the simulated scenarios',
    options: [kernelOption, busOption, platformOption, format('text', 'json'), helpOption],
    run: scenarios,
  },
];
