import { type Clock, isoTime } from "../core/clock.ts";
import { RESTORED } from "../core/decide/checks.ts";
import { digestOf } from "../core/decide/digest.ts";
import { type StoreFault, describeStoreFault } from "../core/model/fault.ts";
import type { RememberedRecord } from "../core/model/records.ts";
import { consulTime } from "../core/store/consul-time.ts";
import { rememberedKey } from "../core/store/keys.ts";
import type { Store } from "../core/store/port.ts";
import type { Log } from "./log.ts";
import type { Remembered } from "./loop/determine-intent.ts";
import type { Intent } from "./loop/intent.ts";
import { createSignalFlag } from "./loop/signal-flag.ts";

export interface LeaverDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly service: string;
  readonly instance: string;
  readonly remembered: () => Remembered | undefined;
  readonly onFault: (fault: StoreFault) => void;
  /** Consul was found to be restored: what else it forgot must be told again. */
  readonly onRestored: () => void;
}

export interface RememberedLeaver {
  /** Every new intent. */
  consider(intent: Intent): void;
  run(signal: AbortSignal): Promise<void>;
}

const RETRY_MS = 5_000;

/**
 * While Consul knows less than was applied here, what was applied is left in Consul, where `rollpin restore reassert` finds
 * it: one key for each state, however many agents applied it.
 */
export function leaveRemembered(deps: LeaverDeps): RememberedLeaver {
  const flag = createSignalFlag();
  let isRestored = false;
  let left: string | undefined;

  /** How long until it is to be tried again; undefined where there is nothing to leave. */
  const leave = async (signal: AbortSignal): Promise<number | undefined> => {
    const remembered = deps.remembered();
    const digest = remembered === undefined ? undefined : digestOf(remembered.state);
    if (!isRestored || remembered === undefined || digest === undefined || left === digest) return undefined;
    if (!(await isLeft(deps, digest, remembered, signal))) return RETRY_MS;
    left = digest;
    return undefined;
  };

  return {
    consider({ hold }) {
      const was = isRestored;
      isRestored = hold?.code === RESTORED;
      if (was === isRestored) return;
      left = undefined;
      if (isRestored) deps.onRestored();
      flag.raise();
    },
    async run(signal) {
      while (!signal.aborted) {
        await flag.wait(signal, await leave(signal));
      }
    },
  };
}

/** False where it is to be tried again. */
async function isLeft({ clock, instance, log, onFault, service, store }: LeaverDeps, digest: string, { plan, revision, state }: Remembered, signal: AbortSignal): Promise<boolean> {
  const record: RememberedRecord = { revision, ...(plan === undefined ? {} : { plan }), state, by: instance, at: isoTime(consulTime(store, clock)) };
  const key = rememberedKey(service, digest);
  const written = await store.transact([{ kind: "create", key, value: JSON.stringify(record) }], { signal });
  // Another agent that applied the same was first.
  if (written.ok || written.fault.kind === "conflict") return true;
  if (signal.aborted) return false;
  onFault(written.fault);
  log.warn({ event: "remembered", kind: written.fault.kind }, `what this instance applied could not be left at ${store.prefix}/${key} for "rollpin restore reassert ${service}": ${describeStoreFault(written.fault)}`);
  return written.fault.kind === "too-large";
}
