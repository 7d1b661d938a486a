import type { Clock } from "../../core/clock.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import { firstOf } from "../process/first-signal.ts";
import type { Pools } from "../proxy/pools.ts";
import type { Traffic } from "../proxy/traffic.ts";
import { type Upstream, keyAt, keyOf } from "../proxy/upstream.ts";
import { type Waiting, createWaiting } from "../proxy/waiting.ts";
import { findHost } from "./find-host.ts";

export interface RoutingDeps {
  readonly clock: Clock;
  readonly traffic: Traffic;
  readonly pools: Pools;
  readonly predecessorGone: Promise<void>;
}

/** Which process is in front now, and which were, until what they had in flight has ended. */
export interface Routing {
  readonly current: () => Upstream | undefined;
  /** The same, where it may be given anything new. */
  readonly open: () => Upstream | undefined;
  readonly takeOff: (isOff: (version: string) => boolean) => void;
  /** Resolves when nothing is in flight at the one in front. */
  readonly quiet: (limitMs: number, signal: AbortSignal) => Promise<void>;
  /** Resolves when these turn, `ms` are over, or the signal fires. */
  readonly changed: Waiting["changed"];
  readonly route: (version: string, port: number) => Promise<Result<void, string>>;
  readonly drained: (port: number, limitMs: number, signal: AbortSignal) => Promise<void>;
}

export function createRouting({ clock, pools, predecessorGone, traffic }: RoutingDeps): Routing {
  let current: Upstream | undefined;
  let isOff = (_version: string): boolean => false;
  const waiting = createWaiting(clock);
  const former = new Map<number, Upstream>();
  const isCurrent = (upstream: Upstream): boolean => current !== undefined && keyOf(current) === keyOf(upstream);
  /** Until nothing is in flight there, the limit is over, or the signal fires. */
  const idle = async (upstream: Upstream | undefined, limitMs: number, signal: AbortSignal): Promise<void> => {
    const over = firstOf(signal);
    await Promise.race([Promise.all([predecessorGone, upstream === undefined ? undefined : traffic.whenIdle(upstream)]), clock.sleep(limitMs, over.signal)]);
    over.fire();
  };
  return {
    current: () => current,
    open: () => (current === undefined || isOff(current.version) ? undefined : current),
    changed: waiting.changed,
    takeOff(next) {
      isOff = next;
      waiting.turn();
    },
    async quiet(limitMs, signal) {
      const upstream = current;
      await idle(upstream, limitMs, signal);
      if (!signal.aborted && upstream !== undefined && isOff(upstream.version)) traffic.cut(upstream);
    },
    async route(version, port) {
      const host = await findHost(port);
      if (host === undefined) return err(`nothing takes connections on port ${port} of 127.0.0.1 or ::1: behind an inbound port the process has to listen there`);
      if (current !== undefined) former.set(current.port, current);
      current = { host, port, version, key: keyAt(host, port) };
      former.delete(port);
      waiting.turn();
      return ok(undefined);
    },
    async drained(port, limitMs, signal) {
      const upstream = former.get(port);
      await idle(upstream, limitMs, signal);
      // After an undo it may serve again.
      if (signal.aborted || upstream === undefined || isCurrent(upstream)) return;
      traffic.cut(upstream);
      pools.drop(upstream);
      former.delete(port);
    },
  };
}
