import path from 'node:path';
import { kernelVersions, ruleLevels, type Policy } from '../engine';
import { defaultMaxFileSize, failureText, findProjectFile, nameFrom, readSource } from '../host';
import {
  mergeLayers,
  projectFileName,
  readBaseline,
  readProject,
  type Effective,
  type Layer,
  type Names,
  type Project,
  type Settings,
} from '../protocol';
import { chooseKconfig, chooseKernel, chooseTree, type Target } from './kernel';
import { readParser, type ParserName } from './engine';
import type { Arguments, OptionSpec, Problem } from './options';
import { refuse, type ExitCode } from './terminal';

export const configOption: OptionSpec = {
  name: 'config',
  value: 'FILE',
  help: `project file (default: ${projectFileName} at the root of the tree)`,
};

/** The default name of the baseline, at the root of the tree. */
const defaultBaseline = 'coco-dma-baseline.json';

/** The baseline of `check`. */
export const baselineOption: OptionSpec = {
  name: 'baseline',
  value: 'FILE',
  help: 'leave out the findings recorded in FILE by `baseline write`',
};

/** The baseline of `baseline write` and `baseline check`. */
export const recordOption: OptionSpec = {
  ...baselineOption,
  help: `the record (default: ${defaultBaseline} at the root of the tree)`,
};

/** The settings of a run, from options, project file and tree. */
export interface RunSettings {
  readonly target: Target;
  /** Why the kernel profile of the target was chosen, in words. */
  readonly kernelReason: string;
  readonly parser: ParserName;
  readonly settings: Settings;
  readonly effective: readonly Effective[];
  /** The baseline file, whether or not it exists. */
  readonly baseline: string;
  readonly policy: Policy;
}

const names: Names = {
  kernels: kernelVersions,
  rules: [...ruleLevels].map(([id, level]) => ({ id, level, summary: '' })),
};

interface ProjectFile {
  readonly file: string;
  readonly project: Project;
}

/** Reads the project file, if there is one. A file that is named but missing, or that has mistakes, is an error. */
function loadProject(given: string | undefined, firstPath: string, tree: string | null): ProjectFile | Problem | null {
  const file = given ?? findProjectFile(projectFileName, firstPath, tree);
  if (file === null) return null;
  const result = readSource(file);
  if ('failure' in result) return { problem: `${file}: ${failureText(result.failure, 'JSON')}` };
  const { project, problems } = readProject(result.text, names);
  return problems.length > 0 ? { problem: problems.map((each) => `${file}: ${each}`).join('\n  ') } : { file, project };
}

/** The settings on the command line. */
function optionLayer(args: Arguments): Layer {
  const kernel = args.value('kernel');
  const kconfig = args.value('kconfig');
  const baseline = args.value('baseline');
  return {
    ...(kernel === undefined ? {} : { kernel }),
    ...(kconfig === undefined ? {} : { kconfig }),
    ...(baseline === undefined ? {} : { baseline }),
  };
}

/** The project file's layer, with file names relative to the working directory. */
function projectLayer({ file, project: { layer } }: ProjectFile): Layer {
  const fromHere = (name: string): string => (path.isAbsolute(name) ? name : path.join(path.dirname(file), name));
  const { kconfig, baseline } = layer;
  return {
    ...layer,
    ...(kconfig ? { kconfig: fromHere(kconfig) } : {}),
    ...(baseline ? { baseline: fromHere(baseline) } : {}),
  };
}

/** Determines the settings of a run. `firstPath` determines the tree unless `--tree` does. */
export function settle(args: Arguments, firstPath: string): RunSettings | Problem {
  const tree = chooseTree(args, firstPath);
  if (tree !== null && typeof tree === 'object') return tree;
  const loaded = loadProject(args.value('config'), firstPath === '-' ? '.' : firstPath, tree);
  if (loaded && 'problem' in loaded) return loaded;
  const { settings, effective } = mergeLayers([
    { origin: 'command line', layer: optionLayer(args) },
    ...(loaded ? [{ origin: loaded.file, layer: projectLayer(loaded) }] : []),
    { origin: 'default', layer: { maxFileSize: defaultMaxFileSize } },
  ]);
  const chosenKernel = chooseKernel(settings.kernel, tree);
  if ('problem' in chosenKernel) return chosenKernel;
  const { kernel, reason: kernelReason } = chosenKernel;
  const configuration = chooseKconfig(settings.kconfig, args.value('kconfig') === undefined ? 'setting' : '--kconfig');
  if ('problem' in configuration) return configuration;
  const chosen = readParser(args);
  if ('problem' in chosen) return chosen;
  const root = tree ?? (loaded ? path.dirname(loaded.file) : '.');
  const nameOf = (file: string): string => nameFrom(root, file);
  const suppress = (loaded?.project.suppress ?? []).map(({ line, column, ...entry }) => ({
    ...entry,
    at: { file: loaded?.file ?? '', line, column },
  }));
  const policy: Policy = { levels: settings.rules, suppress, baseline: null, nameOf };
  const baseline = settings.baseline || path.join(root, defaultBaseline);
  return {
    kernelReason,
    target: { kernel, tree, ...configuration, trust: settings.trust, models: settings.models },
    ...chosen,
    settings,
    effective,
    baseline,
    policy,
  };
}

/** Reads the baseline into the policy. Without a named one, `required` says whether the default one must exist. */
export function withBaseline(run: RunSettings, required: boolean): RunSettings | Problem {
  if (run.settings.baseline === '' && !required) return run;
  const source = readSource(run.baseline);
  if ('failure' in source) {
    const why = failureText(source.failure, 'a baseline');
    return { problem: `${run.baseline}: ${why}; \`coco-dma baseline write\` creates one` };
  }
  const read = readBaseline(source.text);
  if ('problem' in read) return { problem: `${run.baseline}: ${read.problem}` };
  return { ...run, policy: { ...run.policy, baseline: read.findings } };
}

/** Settings for editors only. */
const editorOnly: readonly string[] = ['run'];

/** `coco-dma settings [PATH]`: shows each effective setting and where it was set. */
export function showSettings(args: Arguments): ExitCode {
  const usage = 'usage: coco-dma settings [PATH] (coco-dma settings --help)';
  const [place = '.', more] = args.positionals;
  if (more !== undefined) return refuse({ problem: 'settings accepts at most one path' }, usage);
  const run = settle(args, place);
  if ('problem' in run) return refuse(run, usage);
  const shown = run.effective.filter(({ name }) => !editorOnly.includes(name));
  if (args.value('format') === 'json') {
    const shape = { version: 1, kernel: run.target.kernel, kernelReason: run.kernelReason, settings: shown };
    process.stdout.write(`${JSON.stringify(shape, null, 2)}\n`);
    return 0;
  }
  const rows = shown.map(({ name, value, origin }) => [name, value === '' ? '(none)' : String(value), origin] as const);
  const width = (column: 0 | 1): number => Math.max(...rows.map((row) => row[column].length));
  const lines = rows.map(([name, value, origin]) => `${name.padEnd(width(0))}  ${value.padEnd(width(1))}  ${origin}\n`);
  process.stdout.write(
    `${lines.join('')}\nkernel profile: ${run.target.kernel} (${run.kernelReason}); tree: ${run.target.tree ?? '(none)'}\n`,
  );
  return 0;
}
