/** Guards services with one session for all of them, until the signal fires. */
import type { GuardSettings } from "../../core/config/guard-settings.ts";
import type { GuardAction } from "../../core/model/guard-records.ts";
import { keepSession } from "../presence/session.ts";
import type { GuardDeps } from "./guard-deps.ts";
import { createNotifier } from "./notify/notifier.ts";
import { type GuardKeeper, keepGuard } from "./keep-guard.ts";
import { openSources } from "./sources.ts";

export interface AttendDeps extends Omit<GuardDeps, "onAction" | "service" | "session" | "told"> {
  readonly sessionTtlMs: number;
  readonly settings: GuardSettings;
  /** Of the agent's file: relative paths are relative to it. */
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
  const { notify } = deps.settings;
  const notifier = notify.length === 0 ? undefined : createNotifier({ ...deps, targets: notify });
  const onAction = (guarded: string, action: GuardAction): void => {
    log.warn({ event: "guard-action", guarded, action: action.action, deed: action.deed, outcome: action.outcome, plan: action.plan }, action.says);
    notifier?.tell(action);
  };
  const guards = services.map((service) => keepGuard({ ...deps, service, session: () => session.current(), onAction: (action) => onAction(service, action), told: notifier === undefined ? undefined : () => notifier.told(service) }));
  return {
    guards,
    async run(signal) {
      const over = new AbortController();
      const tending = session.run(over.signal);
      // Locks go first, for whoever is next; the session that held them after.
      await Promise.all([...guards.map((guard) => guard.run(signal)), notifier?.run(signal)]);
      over.abort();
      await tending;
      const held = session.known();
      if (held !== undefined) await store.sessions.destroy(held, { timeoutMs: DESTROY_MS });
    },
  };
}
