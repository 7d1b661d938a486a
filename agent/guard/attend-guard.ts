/** Guarding services: what they have in common, and one of them beside its own instance. */
import type { GuardSettings } from "../../core/config/guard-settings.ts";
import type { GuardAction } from "../../core/model/guard-records.ts";
import type { Holder } from "../lead/holder.ts";
import { keepSession } from "../presence/session.ts";
import type { GuardDeps } from "./guard-deps.ts";
import { createNotifier } from "./notify/notifier.ts";
import { keepGuard } from "./keep-guard.ts";
import { openSources } from "./sources.ts";

export interface AttendDeps extends Omit<GuardDeps, "onAction" | "retell" | "service" | "session" | "sources" | "told" | "watches"> {
  /** For counting. */
  readonly onActed: (action: GuardAction) => void;
  readonly sessionTtlMs: number;
  readonly settings: GuardSettings;
  /** Of the agent's file: relative paths are relative to it. */
  readonly folder: string;
}

/** Told once, before it runs: whose the guard is can be asked from then on. */
export type ShowGuard = (holder: () => Holder) => void;

/** One session, and one way of telling, for however many services. */
export interface Guarding {
  /** Guards it until the signal fires. */
  guard(service: string, signal: AbortSignal, watches: boolean, show?: ShowGuard): Promise<void>;
  /** What guards need; ends when the signal fires, which is to be after their own. */
  run(signal: AbortSignal): Promise<void>;
}

const DESTROY_MS = 2_000;

export async function createGuarding(deps: AttendDeps): Promise<Guarding> {
  const { by, clock, log, random, settings, store } = deps;
  const session = keepSession({ store, clock, random, name: `rollpin guard ${by}`, ttlMs: deps.sessionTtlMs, remembered: undefined, remember: () => undefined, onSession: () => undefined, onLost: () => undefined, onTended: () => undefined, onFault: deps.onFault });
  const notifier = settings.notify.length === 0 ? undefined : createNotifier({ ...deps, targets: settings.notify });
  const onAction = (guarded: string, action: GuardAction): void => {
    log[action.deed === "promote" ? "info" : "warn"]({ event: "guard-action", guarded, action: action.action, deed: action.deed, outcome: action.outcome, plan: action.plan }, action.says);
    deps.onActed(action);
    notifier?.tell(action);
  };
  const retell = (action: GuardAction): void => {
    log.info({ event: "guard-action", guarded: action.suspect.service, action: action.action }, `tells again, for nobody knows whether it was told: ${action.says}`);
    notifier?.tell(action);
  };
  const guarded = new Set<string>();
  const sources = await openSources(settings, { ...deps, guards: (service) => guarded.has(service) });
  const guardOne = (service: string, signal: AbortSignal, watches: boolean, show?: ShowGuard): Promise<void> => {
    guarded.add(service);
    const keeper = keepGuard({ ...deps, sources, service, watches, session: () => session.current(), onAction: (action) => onAction(service, action), retell, told: notifier === undefined ? undefined : () => notifier.told(service) });
    show?.(() => keeper.holder());
    return keeper.run(signal);
  };
  return {
    guard: guardOne,
    async run(signal) {
      await Promise.all([session.run(signal), notifier?.run(signal)]);
      await sources.close();
      const held = session.known();
      if (held !== undefined) await store.sessions.destroy(held, { timeoutMs: DESTROY_MS });
    },
  };
}

/** Guards one service until the signal fires. Its lock goes first, for whoever is next; the session that held it after. */
export async function attendGuard(deps: AttendDeps, service: string, show: ShowGuard, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  const guarding = await createGuarding(deps);
  const tending = guarding.run(over.signal);
  await guarding.guard(service, signal, true, show);
  over.abort();
  await tending;
}
