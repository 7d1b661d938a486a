/** A service with a canary behind a router, real Prometheus and real Alertmanager at one second, and a guard: from the first bad answer to traffic back. */
import { EventEmitter, once } from "node:events";
import { Agent, type IncomingMessage, type Server, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { freePorts } from "../../../core/free-ports.ts";
import { systemClock } from "../../../core/clock.ts";
import { startAlertmanager } from "../../support/alertmanager-server.ts";
import type { ConsulServer } from "../../support/consul-server.ts";
import { startPrometheus } from "../../support/prometheus-server.ts";
import { until } from "../../support/until.ts";
import type { OwnConsul } from "../stories/own-consul.ts";
import { expectExit, registered, runs } from "../stories/story.ts";

const TOKEN = "2e6b8d0f4a9c7153";
/** Answers well until it is told to fail, and counts what it answers. */
const SERVICE = `import { createServer } from "node:http";
const version = process.env.ROLLPIN_VERSION;
const counts = { 200: 0, 500: 0 };
let code = 200;
createServer((request, response) => {
  if (request.url === "/fail") code = 500;
  if (request.url === "/metrics") return response.setHeader("Content-Type", "text/plain; version=0.0.4").end(Object.entries(counts).map(([each, count]) => 'http_requests_total{service="shop",version="' + version + '",code="' + each + '"} ' + count + "\\n").join(""));
  if (request.url !== "/") return response.end();
  counts[code] += 1;
  response.writeHead(code).end(version);
}).listen(Number(process.env.PORT), "127.0.0.1");
process.on("SIGTERM", () => process.exit(0));
`;
const RULES = `
groups:
  - name: shop
    rules:
      - alert: HighErrorRate
        expr: sum by (service, version) (increase(http_requests_total{code="500"}[5s])) / sum by (service, version) (increase(http_requests_total[5s])) > 0.05
`;
export const shareOf = (version: string): string => `sum(increase(http_requests_total{service="shop",version="${version}",code="500"}[5s])) / sum(increase(http_requests_total{service="shop",version="${version}"}[5s]))`;
const EVERY_MS = 10;

/** Milliseconds. */
export interface Round {
  /** From the first bad answer until the last answer of the canary. */
  readonly whole: number;
  /** Of it, what came after the fault was to be known: rollpin's own. */
  readonly own: number;
  /** Of that, what came after Consul had the routes without the canary. */
  readonly followed: number;
}

/** By what the guard is to see it. */
export interface Road {
  readonly policy: string;
  /** Before the first request of a round. */
  begin?(): void;
  /** Begun before the canary fails. When all that the guard needs was there: had it known it then, it could have acted then. */
  known(version: string): Promise<number>;
  /** Told of each answer when it has come. */
  answered?(version: string, failed: boolean): void;
}

export interface LatencyRig {
  /** With the next version as the canary. */
  round(road: Road): Promise<Round>;
  /** When the webhook is first told that an alert fires for the version. */
  told(version: string): Promise<number>;
  readonly prometheusUrl: string;
  close(): Promise<void>;
}

/** `bus`: where call records come from, in the agent's words. */
export async function openLatencyRig({ consul, start }: OwnConsul, versions: readonly string[], bus?: object): Promise<LatencyRig> {
  const [stablePort = 0, canaryPort = 0, webhookPort = 0] = await freePorts(3);
  const firing = new EventEmitter();
  const relay = await openRelay(webhookPort, (version) => void firing.emit(version, systemClock.monotonic()));
  const alertmanager = await startAlertmanager({ url: `http://127.0.0.1:${relay.port}/v1/alerts`, http_config: { authorization: { credentials: TOKEN } } });
  const prometheus = await startPrometheus({ targets: [`127.0.0.1:${stablePort}`, `127.0.0.1:${canaryPort}`], interval: "1s", rules: RULES, alertmanager: alertmanager.address });
  const guard = { prometheus: { url: prometheus.url }, alertmanager: { listen: `127.0.0.1:${webhookPort}`, tokenFile: "./webhook-token", api: { url: `http://${alertmanager.address}` } }, ...(bus === undefined ? {} : { bus }) };
  const yaml = (port: number, more: string): string => `${more}register: {check: {tcp: true, interval: 500ms, timeout: 2s}}\nappliers:\n  - process:\n      command: [node, "./releases/{{version}}/server.js"]\n      port: ${port}\n      environment: {PORT: "${port}"}\n      stopGrace: 500ms\n`;
  const stable = await start({ service: "shop", instance: "shop-1", releases: { "1.0.0": SERVICE }, files: { "webhook-token": TOKEN }, yaml: yaml(stablePort, `sessionTtl: 10s\nguard: ${JSON.stringify(guard)}\n`) });
  await chmod(join(stable.folder, "webhook-token"), 0o600);
  const canary = await start({ service: "shop", instance: "shop-2", releases: Object.fromEntries(versions.map((version) => [version, SERVICE])), yaml: yaml(canaryPort, "track: canary\n") });
  const edge = await start({ service: "edge", releases: {}, yaml: 'register: false\nrouters:\n  - {kind: proxy, upstream: shop, listen: "127.0.0.1:0"}\n' });
  const manage = (...words: readonly string[]) => expectExit(0, words, { consul: consul.address });
  await registered(consul, "shop", "1.0.0", ...versions);
  await manage("pin", "shop", "1.0.0", "--yes");
  await manage("release", "clear", "shop", "1.0.0", "--good", "--yes");
  const port = await until("the router listens", async () => Number((await edge.state()).routers?.[0]?.listen?.split(":")[1]) || undefined);
  const left = [...versions];
  return {
    prometheusUrl: prometheus.url,
    told: async (version) => ((await once(firing, version)) as [number])[0],
    async round(road) {
      const version = left.shift() ?? "";
      await manage("policy", "set", "shop", "--text", `${road.policy}\nstrategy: [{do: shift}]\nbrake: {rollbacks: 20, per: 1s}\n`, "--yes");
      await manage("pin", "shop", version, "--track", "canary", "--yes");
      await runs(canary, version);
      await until("its check passes", async () => (await consul.http.json<{ Service: { Meta: Record<string, string> } }[]>("/v1/health/service/shop?passing=1")).some(({ Service }) => Service.Meta["version"] === version));
      await manage("route", "shift", "shop", version, "50%", "--yes");
      await until("it is guarded", async () => (JSON.parse((await manage("guard", "explain", "shop", "-o", "json")).stdout) as { leader: string | null }).leader ?? undefined);
      return watchRound({ consul, port, canaryPort, version, road });
    },
    async close() {
      await Promise.all([prometheus.remove(), alertmanager.remove(), relay.close()]);
    },
  };
}

interface Watching {
  readonly consul: ConsulServer;
  readonly port: number;
  readonly canaryPort: number;
  readonly version: string;
  readonly road: Road;
}

interface Seen {
  firstBad?: number;
  last?: number;
}

async function watchRound({ canaryPort, consul, port, road, version }: Watching): Promise<Round> {
  const over = new AbortController();
  const agent = new Agent({ keepAlive: true });
  const seen: Seen = {};
  road.begin?.();
  const clients = askAgainAndAgain(port, agent, { version, road, seen }, over.signal);
  await until("the canary answers", () => seen.last !== undefined);
  try {
    // Rates are seen to be well, and the moment within a scrape's second is any.
    await systemClock.sleep(2_000 + Math.random() * 1_000);
    const knowing = road.known(version);
    const writing = whenWritten(consul, version);
    await ask(canaryPort, "/fail", agent);
    const [knownAt, written] = await Promise.all([knowing, writing]);
    await until("the canary answers no more", () => systemClock.monotonic() - (seen.last ?? 0) > 500, { everyMs: 10 });
    const { firstBad = Number.NaN, last = Number.NaN } = seen;
    return { whole: last - firstBad, own: Math.max(0, last - knownAt), followed: Math.max(0, last - written) };
  } finally {
    over.abort();
    await clients;
    agent.destroy();
  }
}

/** One request begun each few milliseconds, whatever has become of those before. */
async function askAgainAndAgain(port: number, agent: Agent, { road, seen, version }: Pick<Watching, "road" | "version"> & { readonly seen: Seen }, signal: AbortSignal): Promise<void> {
  const pending: Promise<void>[] = [];
  while (!signal.aborted) {
    pending.push(
      ask(port, "/", agent).then(({ status, text }) => {
        const failed = status === 500;
        road.answered?.(text, failed);
        if (text !== version) return;
        seen.last = systemClock.monotonic();
        if (failed) seen.firstBad ??= seen.last;
      }),
    );
    await systemClock.sleep(EVERY_MS);
  }
  await Promise.all(pending);
}

interface Row {
  readonly Key: string;
  readonly Value: string | null;
  readonly ModifyIndex: number;
}

/** When Consul tells of routes that name the version no more, or of none. */
async function whenWritten({ http }: ConsulServer, version: string): Promise<number> {
  for (let index = 0; ; ) {
    const rows = await http.json<readonly Row[]>(`/v1/kv/rollpin/desired/shop/?recurse&index=${index}&wait=2s`);
    const routes = rows.find(({ Key }) => Key.endsWith("/routes"))?.Value ?? "";
    if (!Buffer.from(routes, "base64").toString().includes(version)) return systemClock.monotonic();
    index = Math.max(...rows.map(({ ModifyIndex }) => ModifyIndex));
  }
}

/** What a write takes until somebody who waits for it has it, at the least: as many times as asked for. */
export async function bareWrites({ http, kv }: ConsulServer, times: number): Promise<readonly number[]> {
  const taken: number[] = [];
  await kv.put("floor", "");
  for (let turn = 0; turn < times; turn += 1) {
    const [{ ModifyIndex: index } = { ModifyIndex: 0 }] = await http.json<readonly { readonly ModifyIndex: number }[]>("/v1/kv/floor");
    const heard = http.json(`/v1/kv/floor?index=${index}&wait=30s`);
    await systemClock.sleep(20);
    const begun = systemClock.monotonic();
    await kv.put("floor", String(turn));
    await heard;
    taken.push(systemClock.monotonic() - begun);
  }
  return taken;
}

function ask(port: number, path: string, agent: Agent): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    request({ host: "127.0.0.1", port, path, agent }, (response) => void collect(response).then((body) => resolve({ status: response.statusCode ?? 0, text: body.toString() }), reject)).on("error", reject).end();
  });
}

async function collect(message: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of message as AsyncIterable<Buffer>) parts.push(part);
  return Buffer.concat(parts);
}

/** Between Alertmanager and the agent: notes when an alert is first told. */
async function openRelay(to: number, onFiring: (version: string) => void): Promise<{ readonly port: number; close(): Promise<void> }> {
  const server: Server = createServer((incoming, outgoing) => {
    void collect(incoming).then((body) => {
      for (const { labels, status } of (JSON.parse(body.toString()) as { alerts: { status: string; labels: Record<string, string> }[] }).alerts) if (status === "firing") onFiring(labels["version"] ?? "");
      const passed = request({ host: "127.0.0.1", port: to, path: incoming.url, method: "POST", headers: { Authorization: incoming.headers.authorization ?? "", "Content-Length": body.length } }, (response) => {
        outgoing.writeHead(response.statusCode ?? 502);
        response.pipe(outgoing);
      });
      passed.on("error", () => outgoing.writeHead(502).end());
      passed.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

