import { createTurns } from "../appliers/turns.ts";
import type { Change } from "../appliers/applier.ts";
import type { Actuation } from "../../core/model/actuator-records.ts";
import { actuatorKey } from "../../core/store/keys.ts";
import { createSignalFlag } from "../loop/signal-flag.ts";
import { isSettled } from "./actuation.ts";
import { type Lead, NOT_READ } from "./lead.ts";
import { type Ending, type LeadDeps, type LeadState, begin, end, forgiving, isHeld, look, release } from "./lead-lock.ts";
import { lookPause } from "./look-pause.ts";
import { createSessionLock } from "./session-lock.ts";

/** The lock of the service's actuator: at most one agent's session holds it, and every write is fenced by session and index. */
export interface LeadKeeper {
  lead(): Lead;
  /** Writes that a run begins, before it does; undefined where this agent doesn't lead. `onLost` is called when it is found out that another leads now. */
  begin(change: Change, onLost: () => void): Promise<Actuation | undefined>;
  /** Writes how it ended, however long Consul is away; false where it must not (another agent leads) or the signal fired. */
  end(begun: Actuation, ending: Ending, signal: AbortSignal): Promise<boolean>;
  /** Asks Consul, now: nothing that was known a moment ago counts, since this process may have been stopped meanwhile. */
  readonly isHeld: () => Promise<boolean>;
  /** What is wanted changed. */
  lookSoon(): void;
  /** A person asked for another go: tries that were spent are forgotten. */
  retry(): void;
  run(signal: AbortSignal): Promise<void>;
  /** Lets go of the lead, for whoever is next. */
  release(signal: AbortSignal): Promise<void>;
}

const END_RETRY_MS = 500;

export function keepLead(deps: LeadDeps): LeadKeeper {
  const lock = createSessionLock({ ...deps, key: actuatorKey(deps.service, deps.track) });
  const state: LeadState = { lock, lead: NOT_READ, flight: undefined, forgiven: undefined, quietLooks: 0, flag: createSignalFlag(), inTurn: createTurns() };
  return {
    lead: () => forgiving(state),
    begin: (change, onLost) => state.inTurn(() => begin(deps, state, change, onLost)),
    async end(begun, ending, signal) {
      for (;;) {
        const ended = await state.inTurn(() => end(deps, state, begun, ending, signal));
        if (ended !== "again" || signal.aborted) {
          state.flight = undefined;
          return ended === "written";
        }
        await deps.clock.sleep(END_RETRY_MS, signal);
      }
    },
    isHeld: () => state.inTurn(() => isHeld(deps, state)),
    lookSoon() {
      state.quietLooks = 0;
      // Whoever leads hears of changes from its own watch.
      if (state.lead.kind !== "own") state.flag.raise();
    },
    retry() {
      state.forgiven = state.lead.last;
      deps.onChange();
    },
    async run(signal) {
      while (!signal.aborted) {
        await state.inTurn(() => look(deps, state, signal));
        await state.flag.wait(signal, pauseOf(deps, state));
      }
    },
    release: (signal) => state.inTurn(() => release(deps, state, signal)),
  };
}

function pauseOf({ random, wanted }: LeadDeps, { lead, quietLooks }: LeadState): number {
  const now = wanted();
  const isKnown = lead.kind === "other" && (now === undefined || isSettled(lead.last, now));
  return lookPause({ isOwn: lead.kind === "own", awaitsNews: !isKnown, quietLooks, random: random() });
}
