/** Clients of all instances, and a call record of each request on the bus. */
import { Agent, request } from "node:http";
import { systemClock } from "../../../core/clock.ts";
import type { Span } from "../../../core/model/span.ts";
import { jsonOf } from "../../support/otlp.ts";
import type { GuardedService } from "./fleet.ts";
import type { Publisher } from "./publisher.ts";

const EVERY_MS = 50;
const LIMIT_MS = 2_000;

/** Until what it returns is called. */
export function keepAsking(services: readonly GuardedService[], publisher: Publisher): () => Promise<void> {
  const over = new AbortController();
  const agent = new Agent({ keepAlive: true });
  const askAll = async (): Promise<void> => {
    const spans = await Promise.all(services.flatMap(({ name, tracks }) => Object.values(tracks).map(({ port }) => askOne(name, port, agent))));
    publisher.publish(jsonOf(spans.flat()));
  };
  const asking = (async () => {
    const pending = new Set<Promise<void>>();
    while (!over.signal.aborted) {
      const one = askAll().finally(() => pending.delete(one));
      pending.add(one);
      await systemClock.sleep(EVERY_MS, over.signal);
    }
    await Promise.all(pending);
  })();
  return async () => {
    over.abort();
    await asking;
    agent.destroy();
  };
}

/** Who doesn't answer was just being started or stopped, and has no record of it. */
async function askOne(service: string, port: number, agent: Agent): Promise<readonly Span[]> {
  const start = Date.now();
  const answer = await new Promise<{ readonly version: string; readonly failed: boolean } | undefined>((resolve) => {
    const asked = request({ host: "127.0.0.1", port, agent, timeout: LIMIT_MS }, (response) => {
      let version = "";
      response.on("data", (part: Buffer) => (version += part.toString())).on("end", () => resolve({ version, failed: response.statusCode === 500 })).on("error", () => resolve(undefined));
    });
    asked.on("timeout", () => asked.destroy()).on("error", () => resolve(undefined)).end();
  });
  return answer === undefined ? [] : recordsOf(service, answer, start, Date.now());
}

let count = 0;
const id = (digits: number): string => (count += 1).toString(16).padStart(digits, "0");

/** The edge calls the service. */
function recordsOf(service: string, { failed, version }: { readonly version: string; readonly failed: boolean }, start: number, end: number): readonly Span[] {
  const trace = id(32);
  const [root, call, served] = [id(16), id(16), id(16)];
  const common = { trace, start, end, failed, host: undefined, peer: undefined, address: undefined, database: undefined, deadline: undefined, links: [] };
  return [
    { ...common, span: root, parent: undefined, kind: "server", service: "edge", version: "1.0.0", name: "edge" },
    { ...common, span: call, parent: root, kind: "client", service: "edge", version: "1.0.0", name: "edge", peer: service },
    { ...common, span: served, parent: call, kind: "server", service, version, name: service },
  ];
}
