/** The order of a Map or a Set is that in which things were put in: what was put in first is the oldest. Returns what went. */
export function dropOldest<K, V>(kept: { delete(key: K): boolean; entries(): Iterable<[K, V]>; readonly size: number }, most: number): V | undefined {
  if (kept.size <= most) return undefined;
  for (const [key, oldest] of kept.entries()) {
    kept.delete(key);
    return oldest;
  }
  return undefined;
}
