import { get } from "node:http";
import { systemClock } from "../../core/clock.ts";
import type { ConsulServer } from "../support/consul-server.ts";
import type { FailedTry, Request } from "./evidence.ts";

export interface CampaignClient {
  /** What it asked since it was last taken. */
  take(): readonly Request[];
  end(): Promise<void>;
}

/** Where the catalog shows an instance. */
export interface Place {
  readonly instance: string;
  readonly port: number;
}

/**
 * The healthy instances, asked consistently: a server that has just been started answers others from a log it hasn't
 * replayed yet, with places of long ago (hashicorp/consul#2644).
 */
export async function placesOf(consul: ConsulServer, service: string): Promise<readonly Place[]> {
  const answer = await consul.http.ask(`/v1/health/service/${service}?passing&consistent`, { timeoutMs: 1_000 });
  return (JSON.parse(answer.body.toString()) as readonly { readonly Service: { readonly ID: string; readonly Port: number } }[]).map(({ Service }) => ({ instance: Service.ID, port: Service.Port }));
}

/**
 * Asks the service again and again, each time where Consul shows healthy instances just then, and tries a second one as any client
 * would. While Consul tells nothing it goes where it went before.
 */
export function startCampaignClient(consul: ConsulServer, service: string): CampaignClient {
  let requests: Request[] = [];
  let count = 0;
  const over = new AbortController();
  let known: readonly Place[] = [];
  const look = async (): Promise<Request["catalog"]> => {
    const places = await placesOf(consul, service).catch(() => []);
    if (places.length === 0) return "stale";
    known = places;
    return "fresh";
  };
  const ask = async (): Promise<Request | undefined> => {
    const atMs = systemClock.monotonic();
    const catalog = await look();
    if (known.length === 0) return undefined;
    const first = await tryAt(known[count % known.length]);
    if (first === undefined) return { service, atMs, catalog };
    const again = await look();
    const second = await tryAt(known[(count + 1) % known.length]);
    return { service, atMs, catalog: catalog === "fresh" ? again : catalog, ...(second === undefined ? {} : { failed: [first, second] }) };
  };
  const running = (async () => {
    while (!over.signal.aborted) {
      const request = await ask();
      count += 1;
      if (request !== undefined) requests.push(request);
      await systemClock.sleep(20);
    }
  })();
  return {
    take() {
      const taken = requests;
      requests = [];
      return taken;
    },
    async end() {
      over.abort();
      await running;
    },
  };
}

async function tryAt({ instance, port }: Place = { instance: "none", port: 0 }): Promise<FailedTry | undefined> {
  const fromMs = systemClock.monotonic();
  const why = await failureAt(port);
  return why === undefined ? undefined : { instance, why, fromMs, toMs: systemClock.monotonic() };
}

const LONGEST_MS = 10_000;

/** Why a request to that port failed; undefined where it was answered. */
export function failureAt(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const asked = get({ port, host: "127.0.0.1", agent: false, timeout: LONGEST_MS }, (response) => {
      response.on("error", (error) => resolve(error.message));
      response.on("end", () => resolve(response.statusCode === 200 ? undefined : `HTTP ${response.statusCode}`));
      response.resume();
    });
    asked.on("timeout", () => asked.destroy(new Error(`no answer within ${LONGEST_MS} ms`)));
    asked.on("error", (error) => resolve(`port ${port}: ${error.message}`));
  });
}
