/** Something that Prometheus scrapes: counters of two versions' requests, moved by the test. */
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Counter, Histogram, Registry } from "prom-client";

export interface ScrapedService {
  readonly address: string;
  /** Requests to a version, a part of which failed, each after so many seconds. */
  serve(version: string, count: { readonly requests: number; readonly errors?: number; readonly seconds?: number }): void;
  close(): Promise<void>;
}

export async function startScrapedService(service: string): Promise<ScrapedService> {
  const registry = new Registry();
  const requests = new Counter({ name: "http_requests_total", help: "Requests.", labelNames: ["service", "version", "code"], registers: [registry] });
  const seconds = new Histogram({ name: "http_request_seconds", help: "Durations.", labelNames: ["service", "version"], buckets: [0.01, 0.05, 0.1, 0.5, 1], registers: [registry] });
  const server: Server = createServer((_, response) => {
    void registry.metrics().then((text) => response.setHeader("Content-Type", registry.contentType).end(text));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    serve(version, { errors = 0, requests: count, seconds: each = 0.02 }) {
      requests.inc({ service, version, code: "200" }, count - errors);
      requests.inc({ service, version, code: "500" }, errors);
      for (let done = 0; done < count; done += 1) seconds.observe({ service, version }, each);
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
