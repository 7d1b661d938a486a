import { type Upstream, keyOf } from "./upstream.ts";

/** One request or connection on its way. */
export interface Passage {
  /** Ended by the proxy when its upstream's time is over. */
  readonly cut: () => void;
}

/** What is in flight, by upstream, so that a former process is stopped when its last client is done, and no earlier. */
export interface Traffic {
  /** Counted in the same turn as the upstream is chosen. Answers how to count it out; calling that twice does no harm. */
  enter(upstream: Upstream, passage: Passage): () => void;
  count(upstream?: Upstream): number;
  /** Resolves when nothing is in flight there; at once where nothing is. */
  whenIdle(upstream: Upstream): Promise<void>;
  cut(upstream: Upstream): void;
}

export function createTraffic(): Traffic {
  const passages = new Map<string, Set<Passage>>();
  const waiting = new Map<string, (() => void)[]>();

  const leave = (key: string, passage: Passage): void => {
    const left = passages.get(key);
    if (left === undefined || !left.delete(passage) || left.size > 0) return;
    passages.delete(key);
    for (const resolve of waiting.get(key) ?? []) resolve();
    waiting.delete(key);
  };

  return {
    enter(upstream, passage) {
      const key = keyOf(upstream);
      const inside = passages.get(key) ?? new Set();
      passages.set(key, inside.add(passage));
      return () => leave(key, passage);
    },
    count(upstream) {
      if (upstream !== undefined) return passages.get(keyOf(upstream))?.size ?? 0;
      return [...passages.values()].reduce((sum, inside) => sum + inside.size, 0);
    },
    async whenIdle(upstream) {
      const key = keyOf(upstream);
      if (passages.has(key)) await new Promise<void>((resolve) => waiting.set(key, [...(waiting.get(key) ?? []), resolve]));
    },
    cut(upstream) {
      passages.get(keyOf(upstream))?.forEach((passage) => passage.cut());
    },
  };
}
