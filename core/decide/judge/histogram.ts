/** A cumulative histogram as Prometheus counts it: how many measurements were at most each bound, bounds ascending, the last one Infinity. Estimates needn't be whole. */
export interface Histogram {
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
}

/** How many were seen in all. */
export function totalOf({ counts }: Histogram): number {
  return counts.at(-1) ?? 0;
}

export function mustBeHistogram({ bounds, counts }: Histogram): void {
  const isAscending = bounds.every((bound, at) => at === 0 || bound > (bounds[at - 1] ?? 0)) && counts.every((count, at) => count >= (counts[at - 1] ?? 0));
  if (bounds.length === 0 || bounds.length !== counts.length || bounds.at(-1) !== Infinity || !isAscending) throw new RangeError(`no cumulative histogram: ${counts.join(", ")} up to ${bounds.join(", ")}`);
}

/** How many are taken to be at most `value`: within a bucket they are spread evenly, as Prometheus' histogram_quantile has it. Up to the last finite bound. */
export function countUpTo({ bounds, counts }: Histogram, value: number): number {
  const at = bounds.findIndex((bound) => bound >= value);
  const [bound = Infinity, count = 0] = [bounds[at], counts[at]];
  const [from, before] = at === 0 ? [Math.min(0, bound), 0] : [bounds[at - 1] ?? 0, counts[at - 1] ?? 0];
  if (bound === value || count === before) return count;
  return bound === Infinity || value <= from ? before : before + ((count - before) * (value - from)) / (bound - from);
}

/** The last bound below Infinity: what is above can't be told apart. 0 where there is none. */
export function lastFinite({ bounds }: Histogram): number {
  return bounds.at(-2) ?? 0;
}
