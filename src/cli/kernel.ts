import {
  kernelVersions,
  defaultKernelVersion,
  isKconfig,
  kernelNamed,
  type CheckRequest,
  type KernelVersion,
} from '../engine';
import { findTree, isTree, profileFor, readSource, readTreeVersion } from '../host';
import type { Arguments, OptionSpec, Problem } from './options';
import { say } from './terminal';

export const kernelOption: OptionSpec = {
  name: 'kernel',
  value: 'VERSION',
  help: `kernel whose behaviour to assume: auto (by the tree's Makefile), ${kernelVersions.join(', ')}`,
};

export const treeOption: OptionSpec = {
  name: 'tree',
  value: 'DIR',
  help: 'root of the kernel tree (default: the nearest folder with include/linux)',
};

export const kconfigOption: OptionSpec = {
  name: 'kconfig',
  value: 'FILE',
  help: 'a kernel .config, which decides #if (default: what a profile does not fix is taken either way)',
};

/** The kernel profile and the kernel tree of a run. */
export interface Target {
  readonly kernel: KernelVersion;
  readonly tree: string | null;
  /** The text of the kernel's configuration, where one was given. */
  readonly kconfig?: string;
  readonly trust?: CheckRequest['trust'];
  readonly models?: CheckRequest['models'];
}

/** Chooses the profile that `--kernel` names; null when there is none of that name. */
function namedKernel(name: string): KernelVersion | Problem {
  const known = kernelNamed(name);
  if (known !== null && known !== name) say(`kernel ${name} is read as ${known}, as which it was released`);
  if (known !== null) return known;
  const [, version, patchlevel] = /^v?(\d+)\.(\d+)/.exec(name) ?? [];
  const near =
    version && profileFor({ version: Number(version), patchlevel: Number(patchlevel) }, kernelVersions).kernel;
  const advice = near ? `; the nearest older one is ${near}` : '';
  return { problem: `no kernel profile '${name}' (there are auto, ${kernelVersions.join(', ')})${advice}` };
}

function automaticKernel(tree: string | null): KernelVersion {
  const version = tree === null ? null : readTreeVersion(tree);
  if (version === null) return defaultKernelVersion;
  const { kernel, note } = profileFor(version, kernelVersions);
  if (note !== null) say(note);
  return kernel;
}

/** Settles the tree from the option, else from the first path. */
export function chooseTree(args: Arguments, firstPath: string): string | null | Problem {
  const given = args.value('tree');
  if (given !== undefined && !isTree(given)) {
    return { problem: `--tree ${given}: not the root of a kernel tree (no include/linux in it)` };
  }
  return given ?? findTree(firstPath === '-' ? '.' : firstPath);
}

/**
 * The text of the configuration in a file, empty for none, that `--kconfig` or a setting names. Who names one in the
 * command means it; one that a project file names may not be built here, and the run goes on without.
 */
export function readKconfig(file: string, origin: '--kconfig' | 'setting'): { readonly kconfig?: string } | Problem {
  if (file === '') return {};
  const result = readSource(file);
  const wrong =
    'failure' in result
      ? result.message.replace(', not C source', '')
      : isKconfig(result.text)
        ? null
        : 'sets no CONFIG_ symbol; name the .config of a kernel build';
  if (wrong === null && 'text' in result) return { kconfig: result.text };
  if (origin === '--kconfig') return { problem: `--kconfig ${file}: ${wrong}` };
  say(`kconfig ${file}: ${wrong}; the analysis goes on without a configuration`);
  return {};
}

/** The kernel profile of a name; `auto` goes by the tree. */
export function chooseKernel(name: string, tree: string | null): KernelVersion | Problem {
  return name === 'auto' ? automaticKernel(tree) : namedKernel(name);
}
