import type { IncomingMessage } from "node:http";
import type { Clock } from "../../core/clock.ts";
import type { Unanswered } from "../../core/decide/routing/determine-retry.ts";
import type { Deadlines } from "./deadlines.ts";
import type { KeepsCalls } from "./ended-call.ts";
import type { Pools } from "./pools.ts";
import type { Traffic } from "./traffic.ts";
import { type Choice, type ChooseUpstream, NONE_TRIED, type Upstream } from "./upstream.ts";

/** What carrying requests and connections takes. */
export interface ProxyDeps {
  readonly choose: ChooseUpstream;
  /** Resolves when there may be another answer of `choose`, the time is over, or the signal fires. */
  readonly changed: (signal: AbortSignal, ms: number) => Promise<void>;
  readonly traffic: Traffic;
  readonly clock: Clock;
  /** How long a request or connection waits while nothing serves. */
  readonly holdMs: () => number;
  readonly onUnanswered: (upstream: Upstream, how: Unanswered["kind"]) => void;
  /** `tcp`: there is a connection. */
  readonly onConnected: (upstream: Upstream) => void;
  /** `tcp`: what is made of instances that say nothing; undefined where nothing is. */
  readonly silence?: Silence | undefined;
}

export interface Silence {
  /** How long it may last, milliseconds. */
  readonly limitMs: () => number;
  readonly isTelling: (hasClientSpoken: boolean) => boolean;
  /** An instance has said its first byte. */
  readonly onSpoken: (upstream: Upstream, hasClientSpoken: boolean) => void;
}

export interface HttpProxyDeps extends ProxyDeps {
  readonly pools: Pools;
  readonly deadlines: Deadlines;
  /** Where upgraded connections are counted, which may last. */
  readonly upgraded: Traffic;
  readonly limits: () => AnswerLimits;
  /** No more requests on the client's connection: another listener takes the next. */
  readonly isLeaving: () => boolean;
  /** Undefined: the agent itself. `ms`: from the request's head to the answer's, where an instance answered. */
  readonly onAnswered: (upstream: Upstream | undefined, status: number, ms?: number) => void;
  readonly calls: KeepsCalls;
}

/** Silence of an upstream before it has begun its answer, milliseconds. */
export interface AnswerLimits {
  /** Of all tries together, from the first of them. */
  readonly wholeMs: number;
  /** Of a try that may be followed by another, at another upstream; undefined where there are no others. */
  readonly tryMs: number | undefined;
}

/** One upstream, waited for as long as there is time. `nobody`: none came, or the client went. */
export async function awaitUpstream({ changed, choose, clock }: ProxyDeps, request: IncomingMessage | undefined, deadline: number, signal: AbortSignal, tried = NONE_TRIED): Promise<Choice> {
  for (;;) {
    const choice = choose(request, tried);
    const left = deadline - clock.monotonic();
    if (signal.aborted) return "nobody";
    if (choice !== "nobody" || left <= 0) return choice;
    await changed(signal, left);
  }
}
