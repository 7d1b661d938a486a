/** The order of a Map or a Set is that in which things were put in: what was put in first is the oldest. */
export function dropOldest<K>(kept: { delete(key: K): boolean; keys(): Iterable<K>; readonly size: number }, most: number): void {
  if (kept.size <= most) return;
  for (const oldest of kept.keys()) {
    kept.delete(oldest);
    return;
  }
}
