import type { Clock } from "../../core/clock.ts";
import type { StoreFault } from "../../core/model/fault.ts";
import type { Store } from "../../core/store/port.ts";
import { firstOf } from "../process/first-signal.ts";

export interface SessionDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: () => number;
  readonly name: string;
  readonly ttlMs: number;
  /** The session of this agent's former life, so that a restart keeps its record held. */
  readonly remembered: string | undefined;
  /** Keeps a session for the next life. Awaited before the session holds anything, so that no restart finds its own record held by a stranger. */
  readonly remember: (session: string) => Promise<void> | undefined;
  /** A session is there: hold the record with it. */
  readonly onSession: (session: string) => void;
  /** Consul says that the session is gone: nothing is held by it any more. Told before anything else is asked. */
  readonly onLost: () => void;
  /** Consul answered: made or renewed. Told before `onSession`. */
  readonly onTended: () => void;
  readonly onFault: (fault: StoreFault) => void;
}

export interface SessionKeeper {
  current(): string | undefined;
  /** The same, or the former life's, of which Consul has not said yet whether it lives. */
  known(): string | undefined;
  /** A write said that the session is dead: make another now. */
  lost(session: string): void;
  /** Keeps one session alive until the signal fires. It is left to the caller to destroy it. */
  run(signal: AbortSignal): Promise<void>;
}

const RETRY_MS = 1_000;

export function keepSession(deps: SessionDeps): SessionKeeper {
  const { clock, store } = deps;
  let session = deps.remembered;
  let announced: string | undefined;
  let hurry = new AbortController();

  const drop = (): void => {
    session = undefined;
    announced = undefined;
    deps.onLost();
  };

  const announce = async (next: string): Promise<void> => {
    await deps.remember(next);
    announced = next;
    deps.onSession(next);
  };

  /** One renewal or creation; the pause until the next. */
  const tend = async (signal: AbortSignal): Promise<number> => {
    const outcome = session === undefined ? await store.sessions.create({ name: deps.name, ttlMs: deps.ttlMs, signal }) : await store.sessions.renew(session, { signal });
    if (signal.aborted) return 0;
    if (!outcome.ok) {
      if (outcome.fault.kind === "no-session") {
        drop();
        return 0;
      }
      deps.onFault(outcome.fault);
      return RETRY_MS * (0.5 + deps.random());
    }
    if (typeof outcome.value === "string") session = outcome.value;
    deps.onTended();
    if (session !== undefined && announced !== session) await announce(session);
    return deps.ttlMs / 3;
  };

  return {
    current: () => announced,
    known: () => session,
    lost(dead) {
      if (session !== dead) return;
      drop();
      hurry.abort();
    },
    async run(signal) {
      while (!signal.aborted) {
        // Before it is tended, so that a loss which is told meanwhile isn't slept over.
        hurry = new AbortController();
        const pause = await tend(signal);
        const wakes = firstOf(signal, hurry.signal);
        if (pause > 0) await clock.sleep(pause, wakes.signal);
        wakes.release();
      }
    },
  };
}
