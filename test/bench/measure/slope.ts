import type { Usage } from "./usage.ts";

/** MiB per hour of the best line through the second half; the first half may still be warming up. */
export function slopeMibPerHour(samples: readonly Usage[]): number {
  const late = samples.slice(Math.floor(samples.length / 2));
  const mean = (of: (usage: Usage) => number): number => late.reduce((sum, usage) => sum + of(usage), 0) / late.length;
  const [time, memory] = [mean(({ at }) => at), mean(({ rssMib }) => rssMib)];
  const covariance = late.reduce((sum, usage) => sum + (usage.at - time) * (usage.rssMib - memory), 0);
  const variance = late.reduce((sum, usage) => sum + (usage.at - time) ** 2, 0);
  return (covariance / variance) * 3_600_000;
}

/** The lowest of each so many milliseconds: what stays when garbage goes. Garbage between two collections is no growth. */
export function floorsOf(samples: readonly Usage[], everyMs: number): readonly Usage[] {
  const lowest = new Map<number, Usage>();
  for (const usage of samples) {
    const window = Math.floor((usage.at - (samples[0]?.at ?? 0)) / everyMs);
    const known = lowest.get(window);
    if (known === undefined || usage.rssMib < known.rssMib) lowest.set(window, usage);
  }
  return [...lowest.values()];
}
