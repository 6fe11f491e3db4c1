/** web-tree-sitter's runtime: one for the whole program, started once. */
import { Parser } from 'web-tree-sitter';

/** What the options become when the runtime has started: its module. */
interface Module {
  /** Its memory; another view when that has grown. */
  readonly HEAP32: Int32Array;
  getValue(address: number, type: string): number;
  setValue(address: number, value: number, type: string): void;
}

let ready: Promise<void> | undefined;

/** The runtime is a global of web-tree-sitter: the first source given wins, and a failed start may be tried again. */
export function startRuntime(runtime: Uint8Array | string): Promise<void> {
  const options = typeof runtime === 'string' ? { locateFile: () => runtime } : { wasmBinary: runtime };
  ready ??= Parser.init(options as Parameters<typeof Parser.init>[0]).then(
    () => moveAtOnce(options as Partial<Module>),
    (reason: unknown) => {
      ready = undefined;
      throw reason;
    },
  );
  return ready;
}

/**
 * Each number of a node goes in and out of the memory through functions that first compare the name of the number's type with
 * many others. All those of nodes are of one type.
 */
function moveAtOnce(module: Partial<Module>): void {
  if (!isModule(module)) return;
  const { getValue, setValue } = module;
  module.getValue = (address, type) => (type === 'i32' ? module.HEAP32[address >> 2]! : getValue(address, type));
  module.setValue = (address, value, type) => {
    if (type === 'i32') module.HEAP32[address >> 2] = value;
    else setValue(address, value, type);
  };
}

function isModule(module: Partial<Module>): module is Module {
  return module.HEAP32 !== undefined && module.getValue !== undefined && module.setValue !== undefined;
}
