import type { Clock } from "../../core/clock.ts";
import type { Pools } from "./pools.ts";
import type { Traffic } from "./traffic.ts";
import type { ChooseUpstream, Upstream } from "./upstream.ts";

/** What carrying requests and connections takes. */
export interface ProxyDeps {
  readonly choose: ChooseUpstream;
  /** Resolves when there may be another answer of `choose`, the time is over, or the signal fires. */
  readonly changed: (signal: AbortSignal, ms: number) => Promise<void>;
  readonly traffic: Traffic;
  readonly clock: Clock;
  /** How long a request or connection waits while nothing serves. */
  readonly holdMs: () => number;
}

export interface HttpProxyDeps extends ProxyDeps {
  readonly pools: Pools;
  /** Silence of an upstream before it has begun its answer. */
  readonly responseTimeoutMs: () => number;
  /** No more requests on the client's connection: another listener takes the next. */
  readonly isLeaving: () => boolean;
  readonly onAnswered: (version: string | undefined, status: number) => void;
}

/** One upstream, waited for as long as there is time. Undefined: none came, or the client went. */
export async function awaitUpstream({ changed, choose, clock }: ProxyDeps, deadline: number, signal: AbortSignal): Promise<Upstream | undefined> {
  for (;;) {
    const upstream = choose();
    const left = deadline - clock.monotonic();
    if (upstream !== undefined || left <= 0 || signal.aborted) return signal.aborted ? undefined : upstream;
    await changed(signal, left);
  }
}
