/** A copy of a map. `new Map(map)` does the same by way of an array for each entry, in twice the time. */
export function copyOf<K, V>(map: ReadonlyMap<K, V>): Map<K, V> {
  const copy = new Map<K, V>();
  map.forEach((value, key) => copy.set(key, value));
  return copy;
}
