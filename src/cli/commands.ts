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
import { baselineOption, configOption, showSettings } from './settings';
import type { ExitCode } from './terminal';

/** One command of the command line. */
export interface Command {
  readonly name: string;
  readonly operands: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** What else its help says. */
  readonly details?: string;
  readonly options: readonly OptionSpec[];
  run(args: Arguments): ExitCode | Promise<ExitCode>;
}

export const helpOption: OptionSpec = { name: 'help', short: 'h', help: 'show this help' };

const color: OptionSpec = {
  name: 'color',
  value: 'WHEN',
  choices: ['auto', 'always', 'never'],
  help: 'colour the text: auto (on a terminal, unless NO_COLOR is set), always, never',
};
const output: OptionSpec = { name: 'output', value: 'FILE', help: 'write the result to a file instead of stdout' };
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
    summary: 'analyse files and folders, print findings',
    details: [
      'PATH is a C file, a folder, or - for standard input.',
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
        help: 'exit with 1 from this level on: error (default), warning, never',
      },
      baselineOption,
      ...narrowOptions,
      jobsOption,
      parserOption,
      ...cacheOptions,
      { name: 'stats', help: 'say how much was read, and what was not analysed and why' },
      { name: 'stdin-filename', value: 'FILE', help: 'the name of what comes on standard input' },
      color,
      helpOption,
    ],
    run: check,
  },
  {
    name: 'inventory',
    operands: 'PATH…',
    summary: 'list every call that sets up, uses or tears down DMA, with its device',
    details:
      'Code of every configuration is listed, also that of macros (once, where they are defined); not that under #if 0.',
    options: [
      treeOption,
      parserOption,
      format('text', 'json'),
      output,
      { name: 'stdin-filename', value: 'FILE', help: 'the name of what comes on standard input' },
      color,
      helpOption,
    ],
    run: inventory,
  },
  {
    name: 'simulate',
    operands: 'FILE[:LINE]',
    summary: 'run the device programs of a file in every scenario, print what each comes to',
    options: [
      { name: 'device', value: 'EXPR', help: 'only the device written so in the source, as in `hdev->device`' },
      {
        name: 'scenario',
        value: 'NAME',
        help: 'only this machine, as in `snp-vtom/default` (coco-dma scenarios lists them)',
      },
      { name: 'emit-program', help: 'print the programs, one a line, as `replay` takes them' },
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
    operands: 'PROGRAM.json',
    summary: 'run DMA programs on the simulated machine, one result line each',
    details: 'The file holds one program, or one a line; - is standard input.',
    options: [output, helpOption],
    run: replay,
  },
  {
    name: 'review',
    operands: 'PATCH|MBOX|-|REV..REV',
    summary: 'findings before and after a patch, a verdict, and remarks on its text',
    details: [
      'PATCH is a unified diff or a mail that holds one; MBOX a series of mails; - standard input; REV..REV commits of the tree.',
      'Nothing is written: --tree is the tree before the patch and stays so.',
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
        help: 'exit with 1 when findings from this level on are introduced: error, warning, never (default: by the verdict)',
      },
      helpOption,
    ],
    run: review,
  },
  {
    name: 'baseline',
    operands: 'write|check PATH…',
    summary: 'keep the findings that are known, or tell how they changed',
    details: [
      'write: all present findings become known; `check --baseline` then reports new ones alone.',
      'check: lists new findings and known ones that are gone; exit code 1 when there are any.',
    ].join('\n'),
    options: [
      kernelOption,
      treeOption,
      kconfigOption,
      configOption,
      baselineOption,
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
    summary: 'join the SARIF logs of shards into one',
    options: [output, helpOption],
    run: merge,
  },
  {
    name: 'settings',
    operands: '[PATH]',
    summary: 'what each setting comes to for a path, and who set it',
    options: [kernelOption, treeOption, kconfigOption, configOption, format('text', 'json'), helpOption],
    run: showSettings,
  },
  {
    name: 'explain',
    operands: 'RULE',
    summary: 'what a rule finds, why it matters, how to mend it',
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
    summary: 'list the machines that device programs are run on',
    options: [kernelOption, busOption, platformOption, format('text', 'json'), helpOption],
    run: scenarios,
  },
];
