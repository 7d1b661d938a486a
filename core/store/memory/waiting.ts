/** Parked blocking queries: who waits, and what may end the wait. */
import type { Clock } from "../../clock.ts";

/** `answer`: what a waiter gets instead of looking for itself (Consul's last answer before a restored snapshot). */
export type Ending<T> = { readonly kind: "changed" | "waited" | "stopped" } | { readonly kind: "answered"; readonly answer: T };

interface Waiter {
  recheck(): void;
  answerAsIs(): void;
}

export interface Waiting {
  /** Looks at once and after every change, until `read` gives something that is `enough`. */
  until<T>(read: () => T, enough: (reading: T) => boolean, limits: { readonly waitMs: number; readonly stop: AbortSignal }): Promise<Ending<T>>;
  /** Something changed: every waiter looks again. */
  recheck(): void;
  /** Every waiter goes home with what is there now, changed or not. */
  answerAsIs(): void;
}

export function createWaiting(clock: Clock): Waiting {
  const waiters = new Set<Waiter>();
  return {
    until: (read, enough, { waitMs, stop }) =>
      new Promise((resolve) => {
        if (stop.aborted) return resolve({ kind: "stopped" });
        if (enough(read())) return resolve({ kind: "changed" });
        const over = new AbortController();
        const end = (ending: Ending<ReturnType<typeof read>>): void => {
          waiters.delete(waiter);
          stop.removeEventListener("abort", stopped);
          over.abort();
          resolve(ending);
        };
        const stopped = (): void => end({ kind: "stopped" });
        const waiter: Waiter = {
          recheck: () => enough(read()) && end({ kind: "changed" }),
          answerAsIs: () => end({ kind: "answered", answer: read() }),
        };
        waiters.add(waiter);
        stop.addEventListener("abort", stopped, { once: true });
        void clock.sleep(waitMs, over.signal).then(() => end({ kind: "waited" }));
      }),
    recheck: () => waiters.forEach((waiter) => waiter.recheck()),
    answerAsIs: () => waiters.forEach((waiter) => waiter.answerAsIs()),
  };
}
