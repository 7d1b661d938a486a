import { Agent, request } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import type { ConsulServer } from "../../support/consul-server.ts";

export interface SteadyClient {
  /** Ends it. What came back, by version, and every request that failed. */
  end(): Promise<{ readonly answers: Readonly<Record<string, number>>; readonly failures: readonly string[] }>;
}

/** One request after the other over kept connections, each to where Consul's catalog shows the service. */
export function startClient(consul: ConsulServer, service: string, everyMs = 15): SteadyClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 2 });
  const over = new AbortController();
  const answers: Record<string, number> = {};
  const failures: string[] = [];
  const ask = async (): Promise<void> => {
    const [shown] = await consul.http.json<readonly { readonly ServicePort: number; readonly ServiceMeta: { readonly version: string } }[]>(`/v1/catalog/service/${service}`);
    if (shown === undefined) throw new Error(`Consul's catalog shows no ${service}`);
    const answer = await get(agent, shown.ServicePort);
    answers[answer] = (answers[answer] ?? 0) + 1;
  };
  const running = (async () => {
    while (!over.signal.aborted) {
      await ask().catch((error: Error) => failures.push(error.message));
      await pause(everyMs);
    }
  })();
  return {
    async end() {
      over.abort();
      await running;
      agent.destroy();
      return { answers, failures };
    },
  };
}

function get(agent: Agent, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request({ agent, port, host: "127.0.0.1", path: "/", timeout: 3_000 }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (text += chunk));
      response.on("end", () => (response.statusCode === 200 ? resolve(text.trim()) : reject(new Error(`HTTP ${response.statusCode}`))));
      response.on("error", reject);
    });
    asked.on("timeout", () => asked.destroy(new Error("no answer within 3 s")));
    asked.on("error", reject);
    asked.end();
  });
}
