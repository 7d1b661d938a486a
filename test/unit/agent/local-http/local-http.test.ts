import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { type Server, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type GuardFigures, createCounted } from "../../../../agent/guard/guard-figures.ts";
import { type LocalHttp, serveLocalHttp } from "../../../../agent/local-http/serve.ts";
import { serveGuardHttp } from "../../../../agent/local-http/serve-guard.ts";
import type { AgentState } from "../../../../agent/local-http/state.ts";

const inSync: AgentState = {
  record: { service: "checkout", instance: "c-1", track: "stable", actuator: "instance", status: "in-sync", version: "1.0.0", revision: 7, digest: "d", seen: 7, agent: { version: "0.1.0", startedAt: "2026-01-01T00:00:00.000Z" }, at: "2026-01-01T00:00:00.000Z" },
  headRevision: 7,
  consul: { connected: true, sinceMs: 5_000, viewAgeMs: 1_500 },
  lastKnownGood: { revision: 7, at: "2026-01-01T00:00:00.000Z" },
  refused: [{ part: "config", code: "too-large", message: "it is too large" }],
  session: true,
  audit: { file: "/var/log/rollpin/audit.jsonl", rows: 11, lost: 2 },
  counters: { wakeups: 3, process_restarts: 1, "applies{applied}": 2, "applies{failed}": 1, "consul_faults{no-leader}": 4, of_no_metric: 9 },
};

const counted = (...each: readonly (readonly string[])[]) => {
  const counts = createCounted();
  for (const labels of each) counts.add(...labels);
  return counts;
};

const GUARD: GuardFigures = {
  guards: () => new Map([["checkout", true], ["till", false]]),
  looks: counted(["checkout"], ["checkout"]),
  verdicts: counted(["checkout", "well"], ["checkout", "bad"]),
  actions: counted(["checkout", "rollback done"]),
  notifications: counted(["pager.example", "failed"], ["pager.example", "told"]),
  waiting: () => new Map([["pager.example", 3]]),
  deliveries: counted(["200"], ["401"], ["200"]),
  bus: () => ({ isConnected: true, messages: 9, unreadable: 2, unusable: 1, taken: 70, lagMs: 250, held: { traces: 4, spans: 12, bytes: 9_000 }, dropped: { late: 5, twice: 6, overfull: 0, untimely: 0 } }),
};

const GUARD_LINES = [
  'rollpin_agent_guards{service="checkout"} 1',
  'rollpin_agent_guards{service="till"} 0',
  'rollpin_agent_guard_looks_total{service="checkout"} 2',
  'rollpin_agent_guard_verdicts_total{service="checkout",verdict="bad"} 1',
  'rollpin_agent_guard_actions_total{service="checkout",action="rollback done"} 1',
  'rollpin_agent_guard_notifications_total{target="pager.example",result="failed"} 1',
  'rollpin_agent_guard_notifications_waiting{target="pager.example"} 3',
  'rollpin_agent_guard_alert_deliveries_total{status="200"} 2',
  "rollpin_agent_guard_bus_connected 1",
  'rollpin_agent_guard_bus_messages_total{result="taken"} 7',
  'rollpin_agent_guard_bus_messages_total{result="unreadable"} 2',
  "rollpin_agent_guard_bus_spans_total 70",
  'rollpin_agent_guard_bus_spans_dropped_total{why="late"} 5',
  'rollpin_agent_guard_bus_spans_dropped_total{why="unusable"} 1',
  "rollpin_agent_guard_bus_held_spans 12",
  "rollpin_agent_guard_bus_lag_seconds 0.25",
];

const typesIn = (body: string): readonly string[] => [...body.matchAll(/^# TYPE (\S+ \S+)$/gm)].map(([, type = ""]) => type);

let folder: string;
let state: AgentState;
let seconds: number[];
let guard: GuardFigures | undefined;
let served: LocalHttp | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "rollpin-http-"));
  state = inSync;
  seconds = [];
  guard = undefined;
});
afterEach(async () => {
  await served?.close();
  served = undefined;
  await rm(folder, { recursive: true, force: true });
});

const dependencies = { state: () => state, drainApplySeconds: () => seconds.splice(0), version: "0.1.0", guard: () => guard };
async function serve(listen = "127.0.0.1:0"): Promise<string> {
  const started = await serveLocalHttp(listen, dependencies);
  if (!started.ok) throw new Error(started.fault);
  served = started.value;
  return served.address;
}

interface Asked {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}
async function ask(address: string, path: string, options: { readonly method?: string; readonly headers?: Record<string, string>; readonly body?: string } = {}): Promise<Asked> {
  const to = address.startsWith("unix:") ? { socketPath: address.slice(5) } : { host: "127.0.0.1", port: Number(address.split(":").at(-1)) };
  return await new Promise((resolve, reject) => {
    const asked = request({ ...to, path, method: options.method ?? "GET", headers: options.headers ?? {}, agent: false }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (body += chunk)).on("end", () => resolve({ status: response.statusCode, headers: response.headers, body }));
    });
    asked.on("error", reject);
    asked.end(options.body);
  });
}

describe("local HTTP", () => {
  it("answers /healthz whatever the instance does, never to be kept", async () => {
    state = { ...inSync, record: { ...inSync.record, status: "stalled" } };
    expect(await ask(await serve(), "/healthz")).toMatchObject({ status: 200, body: "ok\n", headers: { "cache-control": "no-store", "x-content-type-options": "nosniff" } });
  });

  const reconciling = { ...inSync.record, status: "held" as const, reason: { code: "no-consul", message: "Consul is away" } };
  it.each([
    ["in sync", inSync, 200],
    ["held while Consul answers", { ...inSync, record: reconciling }, 503],
    ["Consul away, last known good runs", { ...inSync, record: reconciling, consul: { connected: false, sinceMs: 1 } }, 200],
    ["Consul away, something else runs", { ...inSync, record: { ...reconciling, revision: 6 }, consul: { connected: false, sinceMs: 1 } }, 503],
    ["Consul away, nothing runs", { ...inSync, record: { ...reconciling, version: undefined }, consul: { connected: false, sinceMs: 1 } }, 503],
    ["Consul away, nothing known", { ...inSync, record: reconciling, lastKnownGood: undefined, consul: { connected: false, sinceMs: 1 } }, 503],
  ])("/readyz: %s", async (_, given, status) => {
    state = given;
    const answer = await ask(await serve(), "/readyz");
    expect(answer).toMatchObject({ status, body: status === 200 ? "ready\n" : "checkout/c-1 is held: Consul is away\n" });
  });

  it("/v1/state is the state, in its envelope, with every key that the reference documents", async () => {
    const { body } = await ask(await serve(), "/v1/state");
    expect(JSON.parse(body)).toEqual({ kind: "AgentState", apiVersion: "rollpin/v1", ...inSync });
    const reference = await readFile(new URL("../../../../docs/reference/state-api.md", import.meta.url), "utf8");
    for (const key of Object.keys(JSON.parse(body) as object)) expect(reference, key).toContain(`\`${key}\``);
  });

  it("/metrics gives the figures, and the reference documents them, no more and no less", async () => {
    const address = await serve();
    seconds = [0.02, 3];
    const { body, headers } = await ask(address, "/metrics");
    expect(headers["content-type"]).toContain("text/plain; version=0.0.4");
    expect(body.split("\n")).toEqual(
      expect.arrayContaining([
        'rollpin_agent_info{service="checkout",instance="c-1",track="stable",version="0.1.0"} 1',
        'rollpin_agent_in_sync{status="in-sync"} 1',
        'rollpin_agent_in_sync{status="held"} 0',
        "rollpin_agent_applied_revision 7",
        "rollpin_agent_seen_revision 7",
        "rollpin_agent_view_age_seconds 1.5",
        "rollpin_agent_wakeups_total 3",
        "rollpin_agent_process_restarts_total 1",
        "rollpin_agent_audit_rows_total 11",
        "rollpin_agent_audit_lost_rows_total 2",
        'rollpin_agent_applies_total{outcome="failed"} 1',
        'rollpin_agent_consul_faults_total{kind="no-leader"} 4',
        'rollpin_agent_apply_seconds_bucket{le="0.025"} 1',
        "rollpin_agent_apply_seconds_sum 3.02",
        "rollpin_agent_apply_seconds_count 2",
      ]),
    );
    expect(body).not.toContain("rollpin_agent_guard");
  });

  it("/metrics tells what the guard does where there is one, of an agent and of a guard on a host of its own", async () => {
    const address = await serve();
    const without = typesIn((await ask(address, "/metrics")).body);
    guard = GUARD;
    const { body } = await ask(address, "/metrics");
    expect(body.split("\n")).toEqual(expect.arrayContaining(GUARD_LINES));
    const alone = await serveGuardHttp("127.0.0.1:0", { gate: undefined, figures: GUARD, isSessionAlive: () => true, consulFaults: counted(["timeout"]), unready: () => undefined, name: "watchtower", version: "0.1.0" });
    if (!alone.ok) throw new Error(alone.fault);
    const own = await ask(alone.value.address, "/metrics");
    const [ready, other] = [await ask(alone.value.address, "/readyz"), await ask(alone.value.address, "/v1/state")];
    await alone.value.close();
    expect(own.body.split("\n")).toEqual(expect.arrayContaining([...GUARD_LINES, 'rollpin_agent_guard_info{name="watchtower",version="0.1.0"} 1', "rollpin_agent_session_alive 1", 'rollpin_agent_consul_faults_total{kind="timeout"} 1']));
    expect([ready.status, other.status]).toEqual([200, 404]);
    const reference = await readFile(new URL("../../../../docs/reference/metrics.md", import.meta.url), "utf8");
    const documented = [...reference.matchAll(/^\| `(rollpin_agent_[a-z_]+)` \| (\w+)/gm)].map(([, name, type]) => `${name} ${type}`);
    expect(new Set(documented)).toEqual(new Set([...without, ...typesIn(body), ...typesIn(own.body)]));
  });

  it("/metrics of a guard without a bus, a webhook and anybody to tell leaves those out", async () => {
    guard = { ...GUARD, notifications: undefined, waiting: () => new Map(), deliveries: undefined, bus: () => undefined };
    const { body } = await ask(await serve(), "/metrics");
    expect(typesIn(body).filter((type) => type.includes("_guard"))).toEqual(["rollpin_agent_guards gauge", "rollpin_agent_guard_looks_total counter", "rollpin_agent_guard_verdicts_total counter", "rollpin_agent_guard_actions_total counter"]);
  });

  it("/metrics tells routers apart, and of one for all agents who leads", async () => {
    const nothing = { connections: 0, inFlight: 0, requests: {}, unanswered: {}, leftOut: [] };
    state = {
      ...inSync,
      routers: [
        { upstream: "checkout", name: "c-1", kind: "catalog", status: "held", reason: { code: "bad-routes", message: "no" }, revision: 7, ...nothing },
        { upstream: "till", name: "mesh", kind: "mesh", status: "stands-by", ...nothing, lead: { own: false, leader: "edge-1" } },
        { upstream: "shop", name: "mesh", kind: "mesh", status: "in-sync", revision: 3, ...nothing, lead: { own: true, leader: "c-1" } },
      ],
    };
    const { body } = await ask(await serve(), "/metrics");
    const lines = body.split("\n").filter((line) => /^rollpin_agent_router_(in_sync|leads|revision)\{/.test(line));
    expect(lines).toEqual([
      'rollpin_agent_router_in_sync{upstream="checkout",router="c-1"} 0',
      'rollpin_agent_router_in_sync{upstream="till",router="mesh"} Nan',
      'rollpin_agent_router_in_sync{upstream="shop",router="mesh"} 1',
      'rollpin_agent_router_leads{upstream="till",router="mesh"} 0',
      'rollpin_agent_router_leads{upstream="shop",router="mesh"} 1',
      'rollpin_agent_router_revision{upstream="checkout",router="c-1"} 7',
      'rollpin_agent_router_revision{upstream="till",router="mesh"} Nan',
      'rollpin_agent_router_revision{upstream="shop",router="mesh"} 3',
    ]);
  });

  it("counts on over scrapes, and forgets the label that is gone", async () => {
    const address = await serve();
    seconds = [1];
    await ask(address, "/metrics");
    seconds = [1];
    state = { ...inSync, counters: { ...inSync.counters, wakeups: 8 }, consul: { connected: false, sinceMs: 1 } };
    const { body } = await ask(address, "/metrics");
    expect(body).toContain("rollpin_agent_wakeups_total 8");
    expect(body).toContain("rollpin_agent_apply_seconds_count 2");
    expect(body).toContain("rollpin_agent_view_age_seconds Nan");
  });

  it.each([
    ["another method", "/v1/state", { method: "POST" }, 405],
    ["a body", "/v1/state", { headers: { "content-length": "2" }, body: "{}" }, 413],
    ["a body in chunks", "/v1/state", { headers: { "transfer-encoding": "chunked" }, body: "{}" }, 413],
    ["a long URL", `/${"x".repeat(2_000)}`, {}, 414],
    ["a rebound name", "/v1/state", { headers: { host: "evil.example:80" } }, 421],
    ["a name that starts like localhost", "/v1/state", { headers: { host: "localhost.evil.example" } }, 421],
    ["another origin", "/v1/state", { headers: { origin: "https://evil.example" } }, 403],
    ["the origin null", "/v1/state", { headers: { origin: "null" } }, 403],
    ["a page of another site", "/v1/state", { headers: { "sec-fetch-site": "cross-site" } }, 403],
    ["an unknown path", "/etc/passwd", {}, 404],
  ])("refuses %s", async (_, path, options, status) => {
    const answer = await ask(await serve(), path, options);
    expect(answer.status).toBe(status);
    expect(answer.body).not.toContain("AgentState");
  });

  it("answers HEAD without a body", async () => {
    expect(await ask(await serve(), "/v1/state", { method: "HEAD" })).toMatchObject({ status: 200, body: "" });
  });

  it("listens on a socket for its owner alone, and takes it away when it closes", async () => {
    const path = join(folder, "agent.sock");
    expect(await ask(await serve(`unix:${path}`), "/healthz")).toMatchObject({ status: 200 });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await served?.close();
    served = undefined;
    await expect(stat(path)).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("refuses a socket on which somebody answers, and a file; replaces one that was left behind", async () => {
    const path = join(folder, "agent.sock");
    const other: Server = createServer().listen(path);
    await new Promise((resolve) => other.once("listening", resolve));
    expect(await serveLocalHttp(`unix:${path}`, dependencies)).toMatchObject({ ok: false, fault: expect.stringContaining("in use") });
    other.close();
    await writeFile(path, "mine");
    expect(await serveLocalHttp(`unix:${path}`, dependencies)).toMatchObject({ ok: false, fault: expect.stringContaining("is a file") });
    expect(await readFile(path, "utf8")).toBe("mine");
  });

  it("says which port is taken", async () => {
    const address = await serve();
    expect(await serveLocalHttp(address, dependencies)).toMatchObject({ ok: false, fault: expect.stringContaining(`${address} can't be listened on`) });
  });

  it("ends a connection that never finishes its request when it closes", async () => {
    const address = await serve();
    const socket = connect(Number(address.split(":").at(-1)), "127.0.0.1");
    await new Promise((resolve) => socket.once("connect", resolve));
    socket.on("error", () => undefined);
    socket.write("GET / HT");
    const ended = new Promise((resolve) => socket.once("close", resolve));
    await served?.close();
    served = undefined;
    await ended;
  });
});
