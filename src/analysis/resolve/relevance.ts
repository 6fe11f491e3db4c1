import { analyzedWords, conversionCalls, freeingCalls, seedWords } from '../../kernel/api';
import { containerCalls, containerHelpers } from '../../kernel/syntax';
import { lockWords, resourceWords } from '../../kernel/resources';
import { trustRelevantCalls, trustRelevantFields } from '../../kernel/trust';
import type { Skip } from '../../syntax/mask';
import type { FunctionUnit, SourceUnit } from '../source/types';

/** Functions of a file that name one of `words`, and those that call them. */
export function relevantFunctions(unit: SourceUnit, words: ReadonlySet<string>): Set<FunctionUnit> {
  return relevantAmong([...unit.functions.values()], ({ place }) => place.name, words);
}

/** True for a function that frees, and has another file initialise what may be the device in that. */
export function freesInitialised(fn: FunctionUnit, initialisers: () => ReadonlySet<string>): boolean {
  return mentions(fn, freeing) && mentions(fn, initialisers());
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

/** Leaves out the bodies of a file that bear on nothing that is looked for; they are read when somebody asks all the same. */
export const skipIrrelevant: Skip = (bodies) => {
  const relevant = relevantAmong(bodies, ({ name }) => name, analyzedWords);
  return bodies.filter((body) => !relevant.has(body) && !mentions(body, bodyWords));
};

/** True for a function that maps or unmaps, or changes what the host may see. */
export function holdsResources(words: ReadonlySet<string>): boolean {
  for (const word of resourceWords) if (words.has(word)) return true;
  return false;
}

const sharing: ReadonlySet<string> = new Set(['set_memory_decrypted']);
const sharingByUnit = new WeakMap<SourceUnit, ReadonlySet<string>>();

/** Functions of a file that share memory with the host, by themselves or through others of the file. */
export function sharingFunctions(unit: SourceUnit): ReadonlySet<string> {
  let names = sharingByUnit.get(unit);
  if (!names) {
    names = new Set([...relevantFunctions(unit, sharing)].map((fn) => fn.place.name));
    sharingByUnit.set(unit, names);
  }
  return names;
}

/** True for a function that takes or releases a spinlock, and for what a scope runs at its begin and end. */
export function mayLock({ place, words }: Pick<FunctionUnit, 'place' | 'words'>): boolean {
  if (isClassFunction(place)) return true;
  for (const word of lockWords) if (words.has(word)) return true;
  return false;
}

/** Words that make a helper matter: device and DMA functions, the pool, what decides trust, what shares memory, ways from member to structure. */
const relevantWords: ReadonlySet<string> = new Set([
  ...seedWords,
  ...trustRelevantFields,
  ...trustRelevantCalls,
  ...conversionCalls,
]);
const bodyWords: ReadonlySet<string> = new Set([...relevantWords, ...resourceWords]);
const freeing: ReadonlySet<string> = new Set(freeingCalls.keys());
const containerWords: readonly string[] = [...containerCalls, ...containerHelpers.keys()];

/** A function without such words is followed only while it is about as long as an accessor or a small set-up helper. */
const smallFunction = 800;

/**
 * Whether a callee is worth a summary. Of the file itself: all that bear on devices, and small helpers. Of other files
 * under analysis: those that bear on devices by themselves. Of headers:
 * those that bear on devices, and accessors of a line; the rest of the kernel's inline functions are left alone. What users
 * named (`own`) bears on devices too.
 */
export function worthFollowing(
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
  if (found.text.length <= smallFunction || found.place.macro) return true;
  return isRelevant() || (unit !== null && relevantNames(unit).has(found.place.name));
}

function mentions({ words }: Named, of: ReadonlySet<string>): boolean {
  for (const word of words) if (of.has(word)) return true;
  return false;
}

/** What `DEFINE_FREE()` and its kin make. */
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
