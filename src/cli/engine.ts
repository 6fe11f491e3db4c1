import { createEngine, loadGrammar, type Engine } from '../engine';
import { readGrammar } from '../host';

/** Starts the engine with the grammar that ships with the program. */
export async function startEngine(): Promise<Engine> {
  return createEngine(await loadGrammar(readGrammar()));
}
