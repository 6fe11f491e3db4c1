/** The runtime of web-tree-sitter, a singleton that is started once. */
import { Parser } from 'web-tree-sitter';

/** The runtime's module, into which Emscripten turns the options. */
interface Module {
  /** The wasm memory; replaced when the memory grows. */
  readonly HEAP32: Int32Array;
  getValue(address: number, type: string): number;
  setValue(address: number, value: number, type: string): void;
}

let ready: Promise<void> | undefined;

/** Starts the runtime. The first source passed is used for the whole program; a failed start can be retried. */
export function startRuntime(runtime: Uint8Array | string): Promise<void> {
  const options = typeof runtime === 'string' ? { locateFile: () => runtime } : { wasmBinary: runtime };
  ready ??= Parser.init(options as Parameters<typeof Parser.init>[0]).then(
    () => patchMemoryAccess(options as Partial<Module>),
    (reason: unknown) => {
      ready = undefined;
      throw reason;
    },
  );
  return ready;
}

/**
 * Makes access to `i32` values fast. Emscripten's getValue() and setValue() compare the type's name with several others
 * first, and web-tree-sitter calls them for every field of a node, always with `i32`.
 */
function patchMemoryAccess(module: Partial<Module>): void {
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
