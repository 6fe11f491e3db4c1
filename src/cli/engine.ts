import type { Engine } from '../engine';

/** Starts the engine with the grammar that ships with the program. */
export function startEngine(): Promise<Engine> {
  return Promise.reject(new Error('the analysis is not built yet'));
}
