import { Agent } from "node:http";
import { type Upstream, keyOf } from "./upstream.ts";

/**
 * A connection that rests longer is closed by us before the upstream does, so that hardly any request meets one that is
 * being closed: common servers close theirs after 2 s (gunicorn), 5 s (Node) or more.
 */
const REST_MS = 1_000;
const MOST_RESTING = 256;

/** Kept connections, one pool for each upstream. */
export interface Pools {
  of(upstream: Upstream): Agent;
  drop(upstream: Upstream): void;
  close(): void;
}

/** All of its connections go to one place, so that none needs a name of its own, which Node would put together several times for each request. */
class Pool extends Agent {
  override getName(): string {
    return "";
  }
}

export function createPools(): Pools {
  const pools = new Map<string, Agent>();
  return {
    of(upstream) {
      const key = keyOf(upstream);
      const known = pools.get(key);
      if (known !== undefined) return known;
      const pool = new Pool({ keepAlive: true, timeout: REST_MS, maxFreeSockets: MOST_RESTING, scheduling: "lifo" });
      pools.set(key, pool);
      return pool;
    },
    drop(upstream) {
      pools.get(keyOf(upstream))?.destroy();
      pools.delete(keyOf(upstream));
    },
    close() {
      for (const pool of pools.values()) pool.destroy();
      pools.clear();
    },
  };
}
