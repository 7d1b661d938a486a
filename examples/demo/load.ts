/** Clients: keep-alive connections, a steady rate whatever comes back, endpoints from Consul's catalog in turn. */
import { Agent, get } from "node:http";
import { systemClock } from "../../core/clock.ts";
import type { Endpoint, Store } from "../../core/store/port.ts";
import { watchEndpoints } from "../../core/store/watch.ts";

/** `error`: the service answered, and said 500. `failed`: no whole answer came. */
export interface Answer {
  /** When it was there, milliseconds since the epoch. */
  readonly at: number;
  readonly instance: string;
  readonly version: string | undefined;
  readonly outcome: "ok" | "error" | "failed";
  /** Of a failure. */
  readonly why?: string;
}

export interface Load {
  /** In the order in which they came. */
  readonly answers: readonly Answer[];
  /** As the catalog shows them now. */
  endpoints(): readonly Endpoint[];
  begin(): void;
  /** Nothing new is sent; resolves when everything that was sent has been answered. */
  stop(): Promise<void>;
}

export interface LoadWanted {
  readonly store: Store;
  readonly service: string;
  /** Requests a second. */
  readonly rate: number;
}

const TICK_MS = 5;
const ANSWER_LIMIT_MS = 5_000;

export function openLoad({ rate, service, store }: LoadWanted): Load {
  const closed = new AbortController();
  const connections = new Agent({ keepAlive: true });
  const answers: Answer[] = [];
  const underway = new Set<Promise<unknown>>();
  let endpoints: readonly Endpoint[] = [];
  let sent = 0;
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;

  const watching = watchEndpoints(
    store,
    service,
    { onReading: (reading) => (endpoints = reading.endpoints), onFault: () => undefined },
    { clock: systemClock, random: Math.random, signal: closed.signal },
  );

  const send = (): void => {
    const endpoint = endpoints[sent % endpoints.length];
    sent += 1;
    const asked = endpoint === undefined ? Promise.resolve(nobody()) : ask(endpoint, connections);
    const answered = asked.then((answer) => answers.push(answer));
    underway.add(answered);
    void answered.then(() => underway.delete(answered));
  };

  return {
    answers,
    endpoints: () => endpoints,
    begin() {
      const begunAt = systemClock.monotonic();
      // An open loop: what is due by now is sent, however slow the answers are.
      const sendDue = (): void => {
        const due = Math.floor(((systemClock.monotonic() - begunAt) * rate) / 1000);
        for (let missing = isStopped ? 0 : due - sent; missing > 0; missing -= 1) send();
      };
      // Not in the timer itself: on a machine that is late with everything, what Consul has told already is read first.
      timer = setInterval(() => setImmediate(sendDue), TICK_MS);
    },
    async stop() {
      clearInterval(timer);
      isStopped = true;
      await Promise.all(underway);
      closed.abort();
      await watching;
      connections.destroy();
    },
  };
}

function nobody(): Answer {
  return { at: systemClock.now(), instance: "none", version: undefined, outcome: "failed", why: "the catalog shows no instance" };
}

function ask({ address, id, port }: Endpoint, agent: Agent): Promise<Answer> {
  return new Promise((resolve) => {
    const request = get({ agent, host: address, port, path: "/", timeout: ANSWER_LIMIT_MS });
    const fail = (error: Error): void => resolve({ at: systemClock.now(), instance: id, version: undefined, outcome: "failed", why: `${error.message} (port ${port}${request.reusedSocket ? ", kept alive" : ""})` });
    request.once("error", fail);
    request.once("timeout", () => request.destroy(new Error(`no answer within ${ANSWER_LIMIT_MS} ms`)));
    request.once("response", (response) => {
      const { headers, statusCode = 0 } = response;
      response.once("error", fail);
      response.once("end", () => resolve({ at: systemClock.now(), instance: id, version: String(headers["x-version"]), outcome: statusCode < 500 ? "ok" : "error" }));
      response.resume();
    });
  });
}
