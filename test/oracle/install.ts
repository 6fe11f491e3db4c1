import { fetchBackported } from './backports';
import { backportedKernels, installShipped, shippedKernels, type KernelPackage, type OracleKernel } from './packages';

/** The kernels that a machine can run, and a line for each that it cannot. */
export interface Installed {
  readonly kernels: readonly KernelPackage[];
  readonly missing: readonly string[];
}

/**
 * Installs or fetches the `wanted` kernels. Those that this Debian ships have to be there; of the backported ones, `missing` says
 * which cannot be had.
 */
export function installKernels(wanted: readonly OracleKernel[]): Installed {
  const shipped = installShipped(shippedKernels.filter((kernel) => wanted.includes(kernel)));
  const { kernels, missing } = fetchBackported(backportedKernels.filter((kernel) => wanted.includes(kernel)));
  return { kernels: [...shipped, ...kernels], missing };
}
