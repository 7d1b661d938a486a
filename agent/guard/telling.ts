/** What of the guard's actions is still to be told. Each stands in Consul before anybody is told: what was told can be made up for, by this guard or the next. */
import { parseIsoTime } from "../../core/clock.ts";
import { describeStoreFault } from "../../core/model/fault.ts";
import type { GuardAction, GuardState } from "../../core/model/guard-records.ts";
import { consulTime } from "../../core/store/consul-time.ts";
import type { GuardDeps } from "./guard-deps.ts";

export interface Telling {
  /** Tells what stands in the state and was not told: by a guard that was killed, or by this one, whose write was done though it could not know. Twice is better than never. */
  catchUp(state: GuardState | undefined, signal: AbortSignal): Promise<void>;
  /** An action that was recorded just now. */
  tell(this: void, action: GuardAction): void;
  /** For the state: the newest of which everybody was told; undefined where nobody is, or while older ones may be left. */
  told(): number | undefined;
}

/** What is older than this is no news any more. */
const OLD_NEWS_MS = 3_600_000;

type TellingDeps = Pick<GuardDeps, "clock" | "log" | "onAction" | "retell" | "service" | "store" | "told">;

export function createTelling({ clock, log, onAction, retell, service, store, told }: TellingDeps): Telling {
  /** Every action up to this one was handed on, by this guard or one before it. Undefined: it isn't known yet. */
  let handed: number | undefined;
  let isBehind = true;
  return {
    told: () => (isBehind ? undefined : told?.()),
    tell(action) {
      onAction(action);
      if (!isBehind && action.action === (handed ?? 0) + 1) handed = action.action;
      else isBehind = true;
    },
    async catchUp(state, signal) {
      if (told === undefined) return;
      const newest = state?.actions ?? 0;
      const from = Math.max(handed ?? 0, state?.told ?? 0);
      if (newest > from) {
        const { readGuardActions } = await import("../../core/operations/guard/read-actions.ts");
        const actions = await readGuardActions(store, service, signal);
        if (!actions.ok) {
          isBehind = true;
          if (!signal.aborted) log.warn({ event: "notify", guarded: service }, `what the guard of ${service} did can't be read, so nobody is told of it yet: ${describeStoreFault(actions.fault)}`);
          return;
        }
        const since = consulTime(store, clock) - OLD_NEWS_MS;
        for (const action of actions.value.good.toReversed()) if (action.action > from && action.action <= newest && parseIsoTime(action.at) > since) retell(action);
      }
      handed = newest;
      isBehind = false;
    },
  };
}
