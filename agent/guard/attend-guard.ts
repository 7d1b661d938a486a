/** Guarding services: what they have in common, and one of them beside its own instance. */
import type { GuardSettings } from "../../core/config/guard-settings.ts";
import type { GuardAction } from "../../core/model/guard-records.ts";
import type { Holder } from "../lead/holder.ts";
import { keepSession } from "../presence/session.ts";
import type { GuardDeps } from "./guard-deps.ts";
import { type GuardFigures, type ShownGuard, createCounted } from "./guard-figures.ts";
import { createNotifier } from "./notify/notifier.ts";
import { type GuardKeeper, keepGuard } from "./keep-guard.ts";
import { openSources } from "./sources.ts";

export interface AttendDeps extends Omit<GuardDeps, "onAction" | "onLook" | "onVerdict" | "retell" | "service" | "session" | "sources" | "told" | "watches"> {
  readonly sessionTtlMs: number;
  readonly settings: GuardSettings;
  /** Of the agent's file: relative paths are relative to it. */
  readonly folder: string;
}

/** Told once, before it runs: whose the guard is, and what it counts, can be asked from then on. */
export type ShowGuard = (shown: ShownGuard) => void;

/** One session, and one way of telling, for however many services. */
export interface Guarding {
  /** Guards it until the signal fires. */
  guard(service: string, signal: AbortSignal, watches: boolean): Promise<void>;
  readonly figures: GuardFigures;
  /** Whose the guard of a service is; undefined where it isn't guarded here. */
  holder(service: string): Holder | undefined;
  isSessionAlive(this: void): boolean;
  /** What guards need; ends when the signal fires, which is to be after their own. */
  run(signal: AbortSignal): Promise<void>;
}

const NOT_YET: Holder = { kind: "unknown", why: "it was not looked yet", denied: false };
const DESTROY_MS = 2_000;

export async function createGuarding(deps: AttendDeps): Promise<Guarding> {
  const { by, clock, log, random, settings, store } = deps;
  const session = keepSession({ store, clock, random, name: `rollpin guard ${by}`, ttlMs: deps.sessionTtlMs, remembered: undefined, remember: () => undefined, onSession: () => undefined, onLost: () => undefined, onTended: () => undefined, onFault: deps.onFault });
  const [looks, verdicts, actions] = [createCounted(), createCounted(), createCounted()];
  const notifier = settings.notify.length === 0 ? undefined : createNotifier({ ...deps, targets: settings.notify });
  const onAction = (guarded: string, action: GuardAction): void => {
    log[action.deed === "promote" ? "info" : "warn"]({ event: "guard-action", guarded, action: action.action, deed: action.deed, outcome: action.outcome, plan: action.plan }, action.says);
    actions.add(guarded, `${action.deed} ${action.outcome}`);
    notifier?.tell(action);
  };
  const retell = (action: GuardAction): void => {
    log.info({ event: "guard-action", guarded: action.suspect.service, action: action.action }, `tells again, for nobody knows whether it was told: ${action.says}`);
    notifier?.tell(action);
  };
  const keepers = new Map<string, GuardKeeper>();
  const sources = await openSources(settings, { ...deps, guards: (service) => keepers.has(service) });
  const guardOne = (service: string, signal: AbortSignal, watches: boolean): Promise<void> => {
    const counting = { onLook: () => looks.add(service), onVerdict: (verdict: string) => verdicts.add(service, verdict) };
    const keeper = keepGuard({ ...deps, ...counting, sources, service, watches, session: () => session.current(), onAction: (action) => onAction(service, action), retell, told: notifier === undefined ? undefined : () => notifier.told(service) });
    keepers.set(service, keeper);
    return keeper.run(signal);
  };
  return {
    guard: guardOne,
    holder: (service) => keepers.get(service)?.holder(),
    isSessionAlive: () => session.current() !== undefined,
    figures: {
      looks,
      verdicts,
      actions,
      guards: () => new Map([...keepers].filter(([, keeper]) => keeper.hasPolicy()).map(([service, keeper]) => [service, keeper.holder().kind === "own"])),
      notifications: notifier?.results,
      waiting: () => notifier?.waiting() ?? new Map(),
      deliveries: sources.alertmanager?.deliveries,
      bus: () => (sources.records === undefined ? undefined : { ...sources.records.figures(), isConnected: sources.records.fault() === undefined }),
    },
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
  const guarded = guarding.guard(service, signal, true);
  show({ holder: () => guarding.holder(service) ?? NOT_YET, figures: guarding.figures });
  await guarded;
  over.abort();
  await tending;
}
