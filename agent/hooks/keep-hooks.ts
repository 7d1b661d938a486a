/** This agent's part in what is run for the whole service when a plan asks for it: leads where it may, and runs one thing at a time. */
import { type Clock, isoTime } from "../../core/clock.ts";
import type { HookSettings } from "../../core/config/hook-settings.ts";
import { determineHookRun } from "../../core/decide/hooks/determine-hook-run.ts";
import type { StoreFault } from "../../core/model/fault.ts";
import { type Way, ways } from "../../core/model/hook-records.ts";
import { consulTime } from "../../core/store/consul-time.ts";
import { hooksKey } from "../../core/store/keys.ts";
import type { Store } from "../../core/store/port.ts";
import type { Holder } from "../lead/holder.ts";
import { lookPause } from "../lead/look-pause.ts";
import { createSessionLock } from "../lead/session-lock.ts";
import type { Log } from "../log.ts";
import { createSignalFlag } from "../loop/signal-flag.ts";
import { leadHooks } from "./hook-lead.ts";
import { readAsk } from "./read-ask.ts";
import { type RunHookDeps, runHook } from "./run-hook.ts";

export interface HooksDeps {
  readonly store: Pick<Store, "clockOffsetMs" | "get" | "transact">;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  /** Of the agent's file: relative paths are relative to it. */
  readonly folder: string;
  readonly service: string;
  readonly instance: string;
  readonly settings: HookSettings;
  readonly session: () => string | undefined;
  /** The operation that marks the service's head. */
  readonly operation: () => string | undefined;
  readonly onFault: (fault: StoreFault) => void;
}

export interface HookKeeper {
  /** Another operation may stand in the head. */
  lookSoon(): void;
  run(signal: AbortSignal): Promise<void>;
}

/** While an operation is at the service, whose record isn't watched. */
const ASK_EVERY_MS = 250;
/** Between two tries. */
const AGAIN_MS = 1_000;

export function keepHooks(deps: HooksDeps): HookKeeper {
  const { clock, folder, instance, log, operation, random, service, session, settings, store } = deps;
  const flag = createSignalFlag();
  const lead = leadHooks({ lock: createSessionLock({ ...deps, key: hooksKey(service) }), instance, migrate: waysOf(settings), session });
  const running: RunHookDeps = { settings: settings.migrate, folder, instance, clock, now: () => consulTime(store, clock), log, lead };
  let quietLooks = 0;
  let told = "";
  const tell = (): void => {
    const standing = describeStanding(service, lead.holder());
    if (standing !== undefined && standing.message !== told) log[standing.level]({ event: "hooks-lead" }, standing.message);
    told = standing?.message ?? told;
  };
  return {
    lookSoon: () => flag.raise(),
    async run(signal) {
      while (!signal.aborted) {
        const before = lead.holder().kind;
        await lead.look(signal);
        quietLooks = lead.holder().kind === before ? quietLooks + 1 : 0;
        tell();
        const id = operation();
        const isOwn = lead.holder().kind === "own";
        if (isOwn && id !== undefined && (await attend(deps, running, id, signal))) continue;
        await flag.wait(signal, isOwn && id !== undefined ? ASK_EVERY_MS : lookPause({ isOwn, awaitsNews: lead.holder().kind !== "other", quietLooks, random: random() }));
      }
      await lead.release();
    },
  };
}

/** What somebody who reads the log should know of it. */
function describeStanding(service: string, holder: Holder): { readonly level: "info" | "warn"; readonly message: string } | undefined {
  if (holder.kind === "own") return { level: "info", message: `this agent runs the hooks of ${service}` };
  if (holder.kind === "other") return { level: "info", message: `${holder.leader} runs the hooks of ${service}` };
  return holder.denied ? { level: "warn", message: `the hooks of ${service} are not run by this agent: ${holder.why}` } : undefined;
}

/** Whether something was run. */
async function attend({ clock, instance, log, service, store }: HooksDeps, running: RunHookDeps, id: string, signal: AbortSignal): Promise<boolean> {
  const { lead, now } = running;
  const ask = await readAsk(store, service, id, signal);
  if (!ask.ok && !signal.aborted) log.warn({ event: "hook", operation: id }, `what is asked of hooks can't be read: ${ask.fault}`);
  if (!ask.ok) return false;
  const begun = ask.value === undefined ? undefined : determineHookRun(id, ask.value, lead.last(), { at: isoTime(now()), by: instance });
  if (ask.value === undefined || begun === undefined) return false;
  if (begun.tries > 1) await clock.sleep(AGAIN_MS, signal);
  if ((await lead.write(begun, signal)) === "written") await runHook(running, ask.value, begun, signal);
  return true;
}

function waysOf({ migrate }: HookSettings): readonly Way[] {
  return ways.filter((way) => migrate[way] !== undefined);
}
