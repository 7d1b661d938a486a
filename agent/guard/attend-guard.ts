/** Guards services with one session for all of them, until the signal fires. */
import { keepSession } from "../presence/session.ts";
import type { GuardDeps } from "./guard-deps.ts";
import { type GuardKeeper, keepGuard } from "./keep-guard.ts";

export interface AttendDeps extends Omit<GuardDeps, "onAction" | "service" | "session"> {
  readonly sessionTtlMs: number;
}

export interface Attendance {
  readonly guards: readonly GuardKeeper[];
  run(signal: AbortSignal): Promise<void>;
}

const DESTROY_MS = 2_000;

export function attendGuard(deps: AttendDeps, services: readonly string[]): Attendance {
  const { by, clock, log, random, store } = deps;
  const session = keepSession({ store, clock, random, name: `rollpin guard ${by}`, ttlMs: deps.sessionTtlMs, remembered: undefined, remember: () => undefined, onSession: () => undefined, onLost: () => undefined, onTended: () => undefined, onFault: deps.onFault });
  const guards = services.map((service) => keepGuard({ ...deps, service, session: () => session.current(), onAction: (action) => log.warn({ event: "guard-action", guarded: service, action: action.action, deed: action.deed, outcome: action.outcome, plan: action.plan }, action.says) }));
  return {
    guards,
    async run(signal) {
      const over = new AbortController();
      const tending = session.run(over.signal);
      // Locks go first, for whoever is next; the session that held them after.
      await Promise.all(guards.map((guard) => guard.run(signal)));
      over.abort();
      await tending;
      const held = session.known();
      if (held !== undefined) await store.sessions.destroy(held, { timeoutMs: DESTROY_MS });
    },
  };
}
