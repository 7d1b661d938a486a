/** Clients of many routers: each router is asked at the same steady rate, one after the other, as long as it keeps up. */
import { setTimeout as pause } from "node:timers/promises";
import { now } from "../measure/now.ts";
import { type Connection, openConnection } from "../proxy/client.ts";

/** Of each router. Ten are asked in turn, so that something is asked each half millisecond. */
const EVERY_MS = 5;
/** Under way at one router: on a machine that is busy with other things, more would only wait. */
const MOST_UNDER_WAY = 2;

export interface Asked {
  readonly startedAt: number;
  readonly at: number;
  /** What the answer's body begins with. */
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
function keptOf(idle: Connection[] = []): Connection | undefined {
  for (;;) {
    const kept = idle.pop();
    if (kept === undefined || kept.isOpen()) return kept;
  }
}

export function openSteadyLoad(ports: readonly number[]): SteadyLoad {
  const answers: Asked[][] = ports.map(() => []);
  const idle: Connection[][] = ports.map(() => []);
  const underWay = ports.map(() => new Set<Promise<void>>());
  const over = new AbortController();
  let failures = 0;
  const ask = async (router: number): Promise<void> => {
    const connection = keptOf(idle[router]) ?? openConnection(ports[router] ?? 0);
    const startedAt = now();
    try {
      const body = await connection.ask();
      answers[router]?.push({ startedAt, at: now(), version: body.slice(0, body.indexOf(" ")) });
      idle[router]?.push(connection);
    } catch {
      failures += 1;
      connection.end();
    }
  };
  const run = async (): Promise<void> => {
    const begunAt = now();
    for (let number = 0; !over.signal.aborted; await pause(1)) {
      for (const due = ((now() - begunAt) * ports.length) / EVERY_MS; number < due; number += 1) {
        const router = number % ports.length;
        const own = underWay[router];
        if (own === undefined || own.size >= MOST_UNDER_WAY) continue;
        const one = ask(router).finally(() => own.delete(one));
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
      for (const connection of idle.flat()) connection.end();
    },
  };
}
