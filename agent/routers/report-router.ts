import { type Clock, callAfter } from "../../core/clock.ts";
import type { AgentDeps } from "../agent-deps.ts";
import { createSignalFlag } from "../loop/signal-flag.ts";
import type { Presence } from "../presence/presence.ts";
import { type UntimedRecord, holdRouterRecord } from "./hold-router-record.ts";
import type { Router } from "./router.ts";
import { routerRecord } from "./router-record.ts";

export interface RouterReport {
  /** It follows another view. */
  turned(): void;
  run(signal: AbortSignal): Promise<void>;
}

/** That something is still under way is told where it isn't over by then. */
const SOON_MS = 200;
/** How often it is looked at what is really served: more often while a split is new, since what is wrong with a version shows then. */
const LOOK_EVERY_MS = 10_000;
const LOOK_OFTEN_MS = 250;
const NEW_MS = 120_000;
/** A failure is told with those that come within this: whoever guards the version is to hear of it, however long it was well. */
const FAILED_MS = 100;

/** Keeps `routers/<upstream>/<router>` true: what new requests go by, and, once what went by something else is answered, that it is so. */
export function reportRouter(router: Router, agent: AgentDeps, presence: Presence): RouterReport {
  const { clock, instance, log } = agent;
  const { upstream, name = instance } = router.settings;
  const flag = createSignalFlag();
  let told: UntimedRecord | undefined;
  const writer = holdRouterRecord(presence, upstream, name, log);
  const tell = (): void => {
    const view = router.wanted();
    if (view === undefined) return;
    told = routerRecord(router, view, agent, told);
    writer.report(told);
  };
  let turnedAt = clock.monotonic();
  let isToBeTold = false;
  router.tally.onFailure(() => {
    if (isToBeTold) return;
    isToBeTold = true;
    callAfter(clock, FAILED_MS, () => {
      isToBeTold = false;
      flag.raise();
    });
  });
  return {
    turned() {
      turnedAt = clock.monotonic();
      flag.raise();
    },
    async run(signal) {
      const writing = writer.run(signal);
      while (!signal.aborted) {
        if (router.isSettling()) await settle(router, clock, tell, signal);
        tell();
        await flag.wait(signal, clock.monotonic() - turnedAt < NEW_MS ? LOOK_OFTEN_MS : LOOK_EVERY_MS);
      }
      await writing;
    },
  };
}

async function settle(router: Router, clock: Clock, tell: () => void, signal: AbortSignal): Promise<void> {
  const enough = callAfter(clock, SOON_MS, tell);
  await router.settled(signal);
  enough();
}
