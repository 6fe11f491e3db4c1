import type { FunctionUnit } from './types';

/** Names of functions that are used other than in a call, a definition or a declaration: `.probe = lab_probe`. */
export function addressTakenIn(text: string, functions: ReadonlyMap<string, FunctionUnit>): Set<string> {
  const taken = new Set<string>();
  // `__free(lab_put)` and `DEFINE_FREE(lab_put, …)` name a class, which often has the name of its function
  for (const match of text.matchAll(
    /(?:(?<!\b(?:__free|DEFINE_[A-Z]+))\(|[=,{&?:]|return)\s*&?([A-Za-z_]\w*)\s*[,;)}]/g,
  )) {
    const name = match[1];
    if (name !== undefined && functions.has(name)) taken.add(name);
  }
  return taken;
}
