import { get } from "node:http";
import { systemClock } from "../../core/clock.ts";
import type { ConsulServer } from "../support/consul-server.ts";
import type { Request } from "./evidence.ts";

export interface CampaignClient {
  /** What it asked since it was last taken. */
  take(): readonly Request[];
  end(): Promise<void>;
}

type Shown = readonly { readonly Service: { readonly Port: number } }[];

/**
 * Asks the service again and again, each time where Consul shows healthy instances just then, and tries a second one as any client
 * would. While Consul tells nothing it goes where it went before. Consul is asked consistently: a server that has just been started
 * answers others from a log it hasn't replayed yet, with places of long ago (hashicorp/consul#2644).
 */
export function startCampaignClient(consul: ConsulServer, service: string): CampaignClient {
  let requests: Request[] = [];
  let count = 0;
  const over = new AbortController();
  let known: readonly number[] = [];
  const look = async (): Promise<Request["catalog"]> => {
    try {
      const answer = await consul.http.ask(`/v1/health/service/${service}?passing&consistent`, { timeoutMs: 1_000 });
      const shown = (JSON.parse(answer.body.toString()) as Shown).map(({ Service }) => Service.Port);
      if (shown.length === 0) return "stale";
      known = shown;
      return "fresh";
    } catch {
      return "stale";
    }
  };
  const ask = async (): Promise<Request | undefined> => {
    let catalog = await look();
    if (known.length === 0) return undefined;
    const atMs = systemClock.monotonic();
    const first = await failureAt(known[count % known.length]);
    if (first === undefined) return { service, atMs, catalog };
    catalog = (await look()) === "fresh" && catalog === "fresh" ? "fresh" : "stale";
    const failure = await failureAt(known[(count + 1) % known.length]);
    return { service, atMs, catalog, ...(failure === undefined ? {} : { failure: `${first}; then ${failure}` }) };
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

/** Why a request to that port failed; undefined where it was answered. */
export function failureAt(port: number | undefined): Promise<string | undefined> {
  return new Promise((resolve) => {
    const asked = get({ port, host: "127.0.0.1", agent: false, timeout: 3_000 }, (response) => {
      response.on("error", (error) => resolve(error.message));
      response.on("end", () => resolve(response.statusCode === 200 ? undefined : `HTTP ${response.statusCode}`));
      response.resume();
    });
    asked.on("timeout", () => asked.destroy(new Error("no answer within 3 s")));
    asked.on("error", (error) => resolve(`port ${port}: ${error.message}`));
  });
}
