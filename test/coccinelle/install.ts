import { install, requireDebian } from '../oracle/packages';

/** Installs Coccinelle from Debian where it is missing. Throws with a reason of one line where that cannot be. */
export function ensureCoccinelle(): void {
  requireDebian();
  install(['coccinelle']);
}
