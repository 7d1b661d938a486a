/** The nearest-rank quantile: always a value that was measured. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))] ?? Number.NaN;
}

export const median = (samples: readonly number[]): number => quantile(samples, 0.5);

export interface Quantiles {
  readonly p50: number;
  readonly p99: number;
}

export const quantilesOf = (samples: readonly number[]): Quantiles => ({ p50: quantile(samples, 0.5), p99: quantile(samples, 0.99) });
