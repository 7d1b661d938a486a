import { type Slots, type Slotted, createSlots } from "./slots.ts";
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

interface Inside extends Passage, Slotted {}

export function createTraffic(): Traffic {
  const passages = new Map<string, Slots<Inside>>();
  const waiting = new Map<string, (() => void)[]>();

  const opened = (key: string): Slots<Inside> => {
    const slots = createSlots<Inside>();
    passages.set(key, slots);
    return slots;
  };
  const leave = (key: string, passage: Inside): void => {
    const inside = passages.get(key);
    if (inside === undefined || !inside.remove(passage) || inside.size() > 0) return;
    passages.delete(key);
    for (const resolve of waiting.get(key) ?? []) resolve();
    waiting.delete(key);
  };

  return {
    enter(upstream, { cut }) {
      const key = keyOf(upstream);
      const passage: Inside = { cut, slot: undefined };
      (passages.get(key) ?? opened(key)).add(passage);
      return () => leave(key, passage);
    },
    count(upstream) {
      if (upstream !== undefined) return passages.get(keyOf(upstream))?.size() ?? 0;
      return [...passages.values()].reduce((sum, inside) => sum + inside.size(), 0);
    },
    async whenIdle(upstream) {
      const key = keyOf(upstream);
      if (passages.has(key)) await new Promise<void>((resolve) => waiting.set(key, [...(waiting.get(key) ?? []), resolve]));
    },
    cut(upstream) {
      passages.get(keyOf(upstream))?.items().forEach((passage) => passage.cut());
    },
  };
}
