/** Guards services with one session for all of them, until the signal fires. */
import type { GuardSettings } from "../../core/config/guard-settings.ts";
import { keepSession } from "../presence/session.ts";
import type { GuardDeps } from "./guard-deps.ts";
import { type GuardKeeper, keepGuard } from "./keep-guard.ts";
import { openSources } from "./sources.ts";

export interface AttendDeps extends Omit<GuardDeps, "onAction" | "service" | "session" | "sources"> {
  readonly sessionTtlMs: number;
  readonly settings: GuardSettings;
  /** Of the agent's file. */
  readonly folder: string;
}

export interface Attendance {
  readonly guards: readonly GuardKeeper[];
  run(signal: AbortSignal): Promise<void>;
}

const DESTROY_MS = 2_000;

export async function attendGuard(deps: AttendDeps, services: readonly string[]): Promise<Attendance> {
  const { by, clock, log, random, store } = deps;
  const session = keepSession({ store, clock, random, name: `rollpin guard ${by}`, ttlMs: deps.sessionTtlMs, remembered: undefined, remember: () => undefined, onSession: () => undefined, onLost: () => undefined, onTended: () => undefined, onFault: deps.onFault });
  const sources = await openSources(deps.settings, { ...deps, services });
  const guards = services.map((service) => keepGuard({ ...deps, sources, service, session: () => session.current(), onAction: (action) => log.warn({ event: "guard-action", guarded: service, action: action.action, deed: action.deed, outcome: action.outcome, plan: action.plan }, action.says) }));
  return {
    guards,
    async run(signal) {
      const over = new AbortController();
      const tending = session.run(over.signal);
      // Locks go first, for whoever is next; the session that held them after.
      await Promise.all(guards.map((guard) => guard.run(signal)));
      await sources.close();
      over.abort();
      await tending;
      const held = session.known();
      if (held !== undefined) await store.sessions.destroy(held, { timeoutMs: DESTROY_MS });
    },
  };
}
