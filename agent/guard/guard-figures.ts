/** What guarding has counted since the agent read its file, and how it stands: for /metrics. */
import type { CallRecordsFigures } from "../bus/call-records.ts";
import type { Holder } from "../lead/holder.ts";

/** Counts by labels, in the order in which the metric names them. */
export interface Counted {
  add(this: void, ...labels: readonly string[]): void;
  all(this: void): readonly (readonly [labels: readonly string[], count: number])[];
}

export interface BusFigures extends CallRecordsFigures {
  readonly isConnected: boolean;
}

export interface GuardFigures {
  /** Of each service that has a policy, and may be guarded here, whether it is. */
  guards(): ReadonlyMap<string, boolean>;
  /** By service. */
  readonly looks: Counted;
  /** By service and what was found of a version. */
  readonly verdicts: Counted;
  /** By service, and deed and outcome: `rollback done`. */
  readonly actions: Counted;
  /** By whom, and what became of it; undefined where nobody is to be told. */
  readonly notifications: Counted | undefined;
  /** How many actions each of them is yet to be told of. */
  waiting(): ReadonlyMap<string, number>;
  /** What came to Alertmanager's webhook, by the status that it was answered with; undefined where there is none. */
  readonly deliveries: Counted | undefined;
  /** Undefined where call records come over no bus. */
  bus(): BusFigures | undefined;
}

/** Of one service, beside its own instance. */
export interface ShownGuard {
  /** Whose the guard is. */
  readonly holder: () => Holder;
  readonly figures: GuardFigures;
}

const BETWEEN = "\0";

export function createCounted(): Counted {
  const counts = new Map<string, number>();
  return {
    add(...labels) {
      const key = labels.join(BETWEEN);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    },
    all: () => [...counts].map(([key, count]) => [key.split(BETWEEN), count] as const),
  };
}
