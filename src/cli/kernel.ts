import { kernelVersions, kernelNamed, type CheckRequest, type KernelVersion } from '../engine';
import { findTree, isTree, profileFor, readKconfig, readSource, recognise } from '../host';
import type { Arguments, OptionSpec, Problem } from './options';
import { listed } from '../report';
import { say } from './terminal';

export const kernelOption: OptionSpec = {
  name: 'kernel',
  value: 'VERSION',
  help: `kernel to simulate: auto (from the tree's headers and Makefile; default), ${kernelVersions.join(', ')}`,
};

export const treeOption: OptionSpec = {
  name: 'tree',
  value: 'DIR',
  help: 'root of the kernel tree (default: nearest parent directory with include/linux)',
};

export const kconfigOption: OptionSpec = {
  name: 'kconfig',
  value: 'FILE',
  help: 'kernel .config that decides #if (default: both arms of #if are analyzed if a symbol is unknown)',
};

/** The kernel profile and the kernel tree of a run. */
export interface Target {
  readonly kernel: KernelVersion;
  readonly tree: string | null;
  /** The text of the kernel's configuration, if given. */
  readonly kconfig?: string;
  readonly trust?: CheckRequest['trust'];
  readonly models?: CheckRequest['models'];
}

/** The profile that `--kernel` names, or an error with the nearest one. */
function namedKernel(name: string): KernelVersion | Problem {
  const known = kernelNamed(name);
  if (known !== null && known !== name) say(`kernel ${name} is read as ${known}, as which it was released`);
  if (known !== null) return known;
  const [, version, patchlevel] = /^v?(\d+)\.(\d+)/.exec(name) ?? [];
  const near =
    version && profileFor({ version: Number(version), patchlevel: Number(patchlevel) }, kernelVersions).kernel;
  const advice = near ? ` (nearest: ${near})` : '';
  return { problem: `unknown kernel profile '${name}'; choose auto, ${listed(kernelVersions, 'or')}${advice}` };
}

/** A kernel profile, and why it was chosen, in words. */
export interface ChosenKernel {
  readonly kernel: KernelVersion;
  readonly reason: string;
}

function automaticKernel(tree: string | null): ChosenKernel {
  const { kernel, reason, note } = recognise(tree);
  if (note !== null) say(note);
  return { kernel, reason };
}

/** The tree from the option, else from the first path. */
export function chooseTree(args: Arguments, firstPath: string): string | null | Problem {
  const given = args.value('tree');
  if (given !== undefined && !isTree(given)) {
    return { problem: `--tree ${given}: not the root of a kernel tree (no include/linux)` };
  }
  return given ?? findTree(firstPath === '-' ? '.' : firstPath);
}

/**
 * The kernel configuration that `--kconfig` or a setting names; an empty name means none. An unusable file is an error on the
 * command line. In a project file it is only reported, since the kernel may not be built on this machine.
 */
export function chooseKconfig(file: string, origin: '--kconfig' | 'setting'): { readonly kconfig?: string } | Problem {
  if (file === '') return {};
  const read = readKconfig(readSource(file));
  if ('kconfig' in read) return read;
  if (origin === '--kconfig') return { problem: `--kconfig ${file}: ${read.problem}` };
  say(`kconfig ${file}: ${read.problem}; continuing without a configuration`);
  return {};
}

/** The kernel profile of a name; `auto` depends on the tree. */
export function chooseKernel(name: string, tree: string | null): ChosenKernel | Problem {
  if (name === 'auto') return automaticKernel(tree);
  const kernel = namedKernel(name);
  return typeof kernel === 'string' ? { kernel, reason: 'named by the settings' } : kernel;
}
