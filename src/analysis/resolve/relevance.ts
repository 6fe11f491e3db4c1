import { analyzedWords, conversionCalls, freeingCalls, seedWords } from '../../kernel/api';
import { containerCalls, containerHelpers } from '../../kernel/syntax';
import { lockWords, resourceWords } from '../../kernel/resources';
import { trustRelevantCalls, trustRelevantFields } from '../../kernel/trust';
import type { Skip } from '../../syntax/mask';
import type { FunctionUnit, SourceUnit } from '../source/types';

/** The functions of a file that contain one of `words`, and their direct and indirect callers in the file. */
export function relevantFunctions(unit: SourceUnit, words: ReadonlySet<string>): Set<FunctionUnit> {
  return relevantAmong([...unit.functions.values()], ({ place }) => place.name, words);
}

/** True for a function that frees memory and calls a function of another file that initializes a device. */
export function freesInitialized(fn: FunctionUnit, initializers: () => ReadonlySet<string>): boolean {
  return mentions(fn, freeing) && mentions(fn, initializers());
}

interface Named {
  readonly words: ReadonlySet<string>;
}

function relevantAmong<F extends Named>(
  functions: readonly F[],
  nameOf: (fn: F) => string,
  words: ReadonlySet<string>,
): Set<F> {
  const names = new Set(functions.map(nameOf));
  const relevant = new Set<F>();
  const callers = new Map<string, F[]>();
  for (const fn of functions) {
    for (const word of fn.words) {
      if (words.has(word)) relevant.add(fn);
      if (!names.has(word)) continue;
      const known = callers.get(word);
      if (known) known.push(fn);
      else callers.set(word, [fn]);
    }
  }
  const work = [...relevant];
  for (let fn = work.pop(); fn; fn = work.pop()) {
    for (const caller of callers.get(nameOf(fn)) ?? []) {
      if (relevant.has(caller)) continue;
      relevant.add(caller);
      work.push(caller);
    }
  }
  return relevant;
}

/** Selects the bodies that are irrelevant to all rules; they are parsed on demand. */
export const skipIrrelevant: Skip = (bodies) => {
  const relevant = relevantAmong(bodies, ({ name }) => name, analyzedWords);
  return bodies.filter((body) => !relevant.has(body) && !mentions(body, bodyWords));
};

/** True for a function that maps or unmaps memory, or changes its visibility to the host. */
export function mayUseResources(words: ReadonlySet<string>): boolean {
  for (const word of resourceWords) if (words.has(word)) return true;
  return false;
}

const sharingWords: ReadonlySet<string> = new Set(['set_memory_decrypted']);
const sharingByUnit = new WeakMap<SourceUnit, ReadonlySet<string>>();

/** Functions of a file that share memory with the host, directly or through other functions of the file. */
export function sharingFunctions(unit: SourceUnit): ReadonlySet<string> {
  let names = sharingByUnit.get(unit);
  if (!names) {
    names = new Set([...relevantFunctions(unit, sharingWords)].map((fn) => fn.place.name));
    sharingByUnit.set(unit, names);
  }
  return names;
}

/** True for a function that takes or releases a spinlock, and for constructors and destructors of cleanup classes. */
export function mayLock({ place, words }: Pick<FunctionUnit, 'place' | 'words'>): boolean {
  if (isClassFunction(place)) return true;
  for (const word of lockWords) if (words.has(word)) return true;
  return false;
}

/** Words that make a callee relevant: device and DMA functions, the pool, trust predicates, calls that share memory. */
const relevantWords: ReadonlySet<string> = new Set([
  ...seedWords,
  ...trustRelevantFields,
  ...trustRelevantCalls,
  ...conversionCalls,
]);
const bodyWords: ReadonlySet<string> = new Set([...relevantWords, ...resourceWords]);
const freeing: ReadonlySet<string> = new Set(freeingCalls.keys());
const containerWords: readonly string[] = [...containerCalls, ...containerHelpers.keys()];

/** Maximum length of a callee that is analyzed without such words: an accessor or a small setup helper. */
const smallFunctionLength = 800;

/**
 * Whether to compute a summary of a callee. In the file itself: relevant functions and small helpers. In other files under
 * analysis: functions that are relevant themselves. In headers: relevant functions and one-line accessors, but not the other
 * inline functions of the kernel. Words of the user's additions (`own`) make a function relevant too.
 */
export function isWorthSummarizing(
  found: FunctionUnit,
  unit: SourceUnit | null,
  where: 'own' | 'other' | 'header',
  own: ReadonlySet<string>,
): boolean {
  const isRelevant = (): boolean => mentions(found, relevantWords) || (own.size > 0 && mentions(found, own));
  if (where === 'other') return isRelevant();
  if (where === 'header') {
    if (isClassFunction(found.place)) return true;
    if (isRelevant() || containerWords.some((word) => found.words.has(word))) return true;
    return found.when.length === 0 && found.text.length < 200 && accessor.test(found.text);
  }
  if (found.text.length <= smallFunctionLength || found.place.macro) return true;
  return isRelevant() || (unit !== null && relevantNames(unit).has(found.place.name));
}

function mentions({ words }: Named, of: ReadonlySet<string>): boolean {
  for (const word of words) if (of.has(word)) return true;
  return false;
}

/** True for a function that `DEFINE_FREE()` or a related macro defines. */
function isClassFunction({ macro, name }: FunctionUnit['place']): boolean {
  return macro === true && /^(?:__free|class)_/.test(name);
}

const accessor = /\breturn\b[^;]*(?:->|\.)\w+\s*;\s*\}$/;

const namesByUnit = new WeakMap<SourceUnit, ReadonlySet<string>>();

function relevantNames(unit: SourceUnit): ReadonlySet<string> {
  let names = namesByUnit.get(unit);
  if (!names) {
    names = new Set([...relevantFunctions(unit, relevantWords)].map((fn) => fn.place.name));
    namesByUnit.set(unit, names);
  }
  return names;
}
