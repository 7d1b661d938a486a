import { doubled } from "../../core/decide/doubled.ts";
import { type Result, err } from "../../core/model/result.ts";
import { firstOf } from "./first-signal.ts";
import type { ProcessDeps, ServedAt, Untold } from "./deps.ts";

/**
 * The only caller of `announce`, one call at a time. The last endpoint that was wanted wins: a call for an older one
 * that is still under way is waited for and then overwritten.
 */
export interface Announcer {
  /** One try. */
  once(endpoint: ServedAt): Promise<Result<void, Untold>>;
  /** Tries in the background until it is known, or another is wanted. */
  untilDone(endpoint: ServedAt): void;
  /** Something that clients don't know yet is to come: `whenKnown` waits for it. */
  expect(): void;
  /**
   * What came up again in the place of `former` is told only where clients were last sent there, or nowhere yet: a former
   * process that comes back while its successor is told must not send them back to what is about to leave.
   */
  again(former: ServedAt, now: ServedAt): void;
  /** True once what is wanted is known to clients; false where the agent goes first. */
  whenKnown(): Promise<boolean>;
  close(): void;
}

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;

export function createAnnouncer({ announce, clock, log, random }: Pick<ProcessDeps, "announce" | "clock" | "log" | "random">): Announcer {
  const closed = new AbortController();
  let turn = firstOf(closed.signal);
  let known = true;
  let wanted: ServedAt | undefined;
  let waiting: (() => void)[] = [];
  let last: Promise<unknown> = Promise.resolve();

  /** Whoever held the turn before gives up. */
  const takeTurn = (endpoint = wanted): AbortSignal => {
    wanted = endpoint;
    turn.fire();
    turn = firstOf(closed.signal);
    known = false;
    return turn.signal;
  };

  const tryOnce = async (endpoint: ServedAt, signal: AbortSignal): Promise<Result<void, Untold>> => {
    await last.catch(() => undefined);
    if (signal.aborted) return err({ message: "another endpoint is announced instead", isPassing: true });
    const call = announce(endpoint);
    last = call;
    const told = await call;
    log(told.ok ? { event: "announced", ...endpoint } : { event: "announce-failed", ...endpoint, message: told.fault.message });
    if (told.ok && !signal.aborted) {
      known = true;
      wake();
    }
    return told;
  };

  const wake = (): void => {
    for (const resolve of waiting) resolve();
    waiting = [];
  };

  const repeat = async (endpoint: ServedAt, signal: AbortSignal): Promise<void> => {
    for (let tries = 0; !signal.aborted; tries += 1) {
      const told = await tryOnce(endpoint, signal);
      if (told.ok) return;
      const full = doubled(FIRST_PAUSE_MS, tries, LONGEST_PAUSE_MS);
      await clock.sleep(full * (0.5 + random() / 2), signal);
    }
  };

  return {
    once: (endpoint) => tryOnce(endpoint, takeTurn(endpoint)),
    untilDone: (endpoint) => void repeat(endpoint, takeTurn(endpoint)),
    expect: () => void takeTurn(),
    again(former, now) {
      if (wanted !== undefined && !isSame(wanted, former)) return;
      if (!known || !isSame(former, now)) void repeat(now, takeTurn(now));
    },
    async whenKnown() {
      // In a loop: between the news and its hearing another endpoint may be wanted.
      for (;;) {
        if (known || closed.signal.aborted) return known;
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
    },
    close() {
      closed.abort();
      wake();
    },
  };
}

function isSame(one: ServedAt, other: ServedAt): boolean {
  return one.port === other.port && one.version === other.version;
}
