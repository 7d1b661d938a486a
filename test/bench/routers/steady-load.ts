/** Clients of many routers: each router is asked at the same steady rate, one after the other, as long as it keeps up. */
import { setTimeout as pause } from "node:timers/promises";
import { now } from "../measure/now.ts";
import type { Place } from "./messages.ts";
import { type Asker, openAsker } from "./open-asker.ts";

/** Of each router. Ten are asked in turn, so that something is asked each half millisecond. */
const EVERY_MS = 5;
/** Under way at one router: on a machine that is busy with other things, more would only wait. */
const MOST_UNDER_WAY = 2;

export interface Asked {
  readonly startedAt: number;
  readonly at: number;
  /** What the answer names. */
  readonly version: string;
}

export interface SteadyLoad {
  /** By router, in the order in which answers came. */
  readonly answers: readonly (readonly Asked[])[];
  failures(): number;
  /** Resolves when the last answer is there. */
  end(): Promise<void>;
}

/** A router may have closed it meanwhile. */
function keptOf(idle: Asker[] = []): Asker | undefined {
  for (;;) {
    const kept = idle.pop();
    if (kept === undefined || kept.isOpen()) return kept;
  }
}

export function openSteadyLoad(places: readonly Place[]): SteadyLoad {
  const answers: Asked[][] = places.map(() => []);
  const idle: Asker[][] = places.map(() => []);
  const underWay = places.map(() => new Set<Promise<void>>());
  const over = new AbortController();
  let failures = 0;
  const ask = async (place: Place, router: number): Promise<void> => {
    const asker = keptOf(idle[router]) ?? openAsker(place);
    const startedAt = now();
    try {
      const version = await asker.ask();
      answers[router]?.push({ startedAt, at: now(), version });
      idle[router]?.push(asker);
    } catch {
      failures += 1;
      asker.end();
    }
  };
  const run = async (): Promise<void> => {
    const begunAt = now();
    for (let number = 0; !over.signal.aborted; await pause(1)) {
      for (const due = ((now() - begunAt) * places.length) / EVERY_MS; number < due; number += 1) {
        const router = number % places.length;
        const [own, place] = [underWay[router], places[router]];
        if (own === undefined || place === undefined || own.size >= MOST_UNDER_WAY) continue;
        const one = ask(place, router).finally(() => own.delete(one));
        own.add(one);
      }
    }
  };
  const running = run();
  return {
    answers,
    failures: () => failures,
    async end() {
      over.abort();
      await running;
      await Promise.all(underWay.flatMap((own) => [...own]));
      for (const asker of idle.flat()) asker.end();
    },
  };
}
