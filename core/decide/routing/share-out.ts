import { type CompiledSplit, SLOTS } from "./compiled-routes.ts";
import { type Destination, type RoutedInstance, isServedBy } from "./routing-facts.ts";

/** What a split comes to for single instances: those that one destination means take the same part each. */
export interface Shares {
  /** Part of all traffic that such an instance takes, 0 to 1, be it among the passing ones or not yet. */
  readonly of: (instance: Pick<RoutedInstance, "version" | "track">) => number;
  /** The largest that a passing one takes; 0 where none takes anything. */
  readonly largest: number;
}

export function shareOut({ runs }: CompiledSplit, instances: readonly RoutedInstance[]): Shares {
  const passing = instances.filter((instance) => instance.passing);
  const sizes = new Map<Destination, number>();
  for (const { destination, from, to } of runs) if (destination !== undefined) sizes.set(destination, (sizes.get(destination) ?? 0) + to - from);
  const parts = [...sizes].map(([destination, slots]) => ({ destination, each: slots / SLOTS / Math.max(1, passing.filter((one) => isServedBy(destination, one)).length) }));
  const of: Shares["of"] = (instance) => parts.reduce((sum, { destination, each }) => (isServedBy(destination, instance) ? sum + each : sum), 0);
  return { of, largest: Math.max(0, ...passing.map(of)) };
}

/** The most that Consul takes (api: Weights). */
export const MOST_WEIGHT = 65_535;

/**
 * Instances that take most have the largest weight there is, whatever their number: so it is others, mostly few, whose weight
 * changes where instances come and go. 0 where nothing is to come, and no less than 1 where anything is.
 */
export function weightOf(share: number, largest: number): number {
  if (share <= 0) return 0;
  return largest <= share ? MOST_WEIGHT : Math.max(1, Math.round((MOST_WEIGHT * share) / largest));
}
