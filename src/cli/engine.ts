import {
  makeNativeParser,
  createEngine,
  grammarVersion,
  loadGrammar,
  type CParser,
  type Engine,
  type NativeModules,
} from '../engine';
import { loadNative, readGrammar } from '../host';
import type { Arguments, OptionSpec, Problem } from './options';

/** A C parser. */
export type ParserName = 'wasm' | 'native';

export const parserOption: OptionSpec = {
  name: 'parser',
  value: 'NAME',
  choices: ['wasm', 'native'],
  help: 'C parser: wasm (default), or native, an optional dependency; results are identical',
};

function nativeModules(): NativeModules | Problem {
  const modules = loadNative(grammarVersion);
  if (!('problem' in modules)) return modules;
  return { problem: `--parser native: ${modules.problem}; run \`npm run native\` in coco-dma's sources to install it` };
}

/** The parser that `--parser` names, or why it is not available. */
export function readParser(args: Arguments): { readonly parser: ParserName } | Problem {
  if (args.value('parser') !== 'native') return { parser: 'wasm' };
  const modules = nativeModules();
  return 'problem' in modules ? modules : { parser: 'native' };
}

/** Starts a parser that `readParser` returned. */
export async function startParser(name: ParserName): Promise<CParser> {
  const wasm = await loadGrammar(readGrammar());
  if (name === 'wasm') return wasm;
  const modules = nativeModules();
  if ('problem' in modules) throw new Error(modules.problem);
  return makeNativeParser(modules, wasm);
}

/** Starts the engine with that parser. */
export async function startEngine(name: ParserName): Promise<Engine> {
  return createEngine(await startParser(name));
}
