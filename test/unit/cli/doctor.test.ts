import { describe, expect, it } from "vitest";
import { checkClocks } from "../../../cli/doctor/check-clock.ts";
import { countConnections } from "../../../cli/doctor/count-connections.ts";
import { systemClock } from "../../../core/clock.ts";
import type { ServiceFacts } from "../../../core/model/facts.ts";
import { headSchema, instanceSchema } from "../../../core/model/records.ts";
import { err, ok } from "../../../core/model/result.ts";
import type { ConsulAddress } from "../../../core/store/consul/address.ts";
import type { ConsulAnswer, ConsulInspector } from "../../../core/store/consul/inspect.ts";
import { factsOf } from "../decide/facts.ts";
import { type CommandLine, commandLine } from "./command-line.ts";
import { startFakeAgent } from "./fake-agent.ts";

const now = Date.parse("2026-11-21T14:00:00Z");
const local: ConsulAddress = { kind: "tcp", host: "127.0.0.1", port: 8500, tls: false, pathPrefix: "" };

interface Told extends Partial<Omit<ConsulInspector, "read" | "close">> {
  readonly leader?: string;
  readonly skewMs?: number;
  readonly limit?: number;
  readonly away?: boolean;
}

/** A Consul that answers what it is told to. */
function inspectorOf({ leader = '"10.0.0.1:8300"', skewMs = 0, limit = 200, away = false, ...rest }: Told): ConsulInspector {
  const bodies: Readonly<Record<string, string>> = {
    "/v1/status/leader": leader,
    "/v1/agent/self": JSON.stringify({ Config: { Version: "1.20.1" }, DebugConfig: { HTTPMaxConnsPerClient: limit } }),
    "/v1/acl/token/self": "ACL support disabled",
  };
  return {
    address: local,
    where: "http://127.0.0.1:8500",
    hasToken: false,
    verifiesTls: true,
    ...rest,
    read: (path) => {
      const answer: ConsulAnswer = { status: 200, body: bodies[path] ?? "", date: Math.floor((now + skewMs) / 1000) * 1000 };
      return Promise.resolve(away ? err({ kind: "unreachable", operation: "read", key: path, cause: "connect ECONNREFUSED" }) : ok(answer));
    },
    close: () => undefined,
  };
}

const LINE = "   1: 0100007F:A1B2 0100007F:2134 01 00000000:00000000 00:00000000 00000000     0        0 1 1 0 20 4 30 10 -1";
const tables = (connections: number) => ({ "/proc/net/tcp": ["  sl  local_address rem_address   st", ...Array.from({ length: connections }, () => LINE)].join("\n") });

function shop(told: Told, connections = 3): CommandLine {
  return commandLine({ inspector: inspectorOf(told), files: tables(connections), clock: { ...systemClock, now: () => now } });
}

describe("doctor", () => {
  it("finds nothing wrong where nothing is", async () => {
    const { exit, healthy, findings } = await shop({}).json("doctor", "doctor");
    expect({ exit, healthy }).toEqual({ exit: 0, healthy: true });
    expect(findings.find(({ check }) => check === "connections")?.message).toBe("3 of 200 connections from this host to http://127.0.0.1:8500; each agent holds at most 2 (and 3 more for each service that it routes to), so 79 more fit and leave room for people");
  });

  const remote = { ...local, host: "10.0.0.5" };
  it.each([
    { what: "no leader", told: { leader: '""' }, check: "leader", exit: 6 },
    { what: "Consul away", told: { away: true }, check: "consul", exit: 6 },
    { what: "a clock behind", told: { skewMs: 5_000 }, check: "clock", exit: 3 },
    { what: "a clock ahead", told: { skewMs: -5_000 }, check: "clock", exit: 3 },
    { what: "a remote Consul in the clear", told: { address: remote, where: "http://10.0.0.5:8500", hasToken: true }, check: "tls", exit: 3 },
    { what: "a certificate that is not verified", told: { address: { ...remote, tls: true }, verifiesTls: false }, check: "tls", exit: 3 },
    { what: "connections near the limit", told: { limit: 3 }, check: "connections", exit: 3 },
  ])("finds $what, and says how to mend it", async ({ told, check, exit }) => {
    const found = await shop(told).json("doctor", "doctor");
    const wrong = found.findings.filter(({ level }) => level !== "ok");
    expect({ exit: found.exit, checks: wrong.map((one) => one.check) }).toEqual({ exit, checks: [check] });
    expect(wrong[0]?.mend).toBeTruthy();
  });

  it.each([{ skewMs: 900 }, { skewMs: -900 }, { address: { ...remote, tls: true } as ConsulAddress }, { address: { kind: "unix", path: "/run/consul.sock", tls: false } as ConsulAddress }, { limit: 0 }])("takes no offence at %j", async (told) => {
    expect((await shop(told).json("doctor", "doctor")).exit).toBe(0);
  });

  it("says what to set where this host holds all the places", async () => {
    const { findings } = await shop({}, 196).json("doctor", "doctor");
    expect(findings.find(({ check }) => check === "connections")).toMatchObject({ level: "warning", mend: expect.stringContaining("http_max_conns_per_client = 250") as string });
  });

  it("suspects the limit where Consul can't even be asked, though only with that many connections", async () => {
    const checks = async (connections: number) => (await shop({ away: true }, connections).json("doctor", "doctor")).findings.map(({ check, level }) => `${check} ${level}`);
    expect(await checks(200)).toContain("connections warning");
    expect(await checks(20)).not.toContain("connections warning");
  });

  it("finds instances that were lost for long, not those lost just now", async () => {
    const cli = shop({});
    await cli.succeed("release", "register", "checkout", "1.0.0");
    const agent = await startFakeAgent(cli.store, { service: "checkout", instance: "a" });
    await agent.stop();
    cli.store.expireSession(agent.session);
    const written = systemClock.now();
    const at = (later: number) => commandLine({ store: cli.store, inspector: inspectorOf({}), files: tables(1), clock: { ...systemClock, now: () => written + later } });
    const instances = async (line: CommandLine) => (await line.json("doctor", "doctor")).findings.find(({ check }) => check === "instances")?.level;
    expect(await instances(at(60_000))).toBe("ok");
    expect(await instances(at(3_600_000))).toBe("warning");
  });
});

describe("instances that obey what was", () => {
  it("are found once the newest revision has stood for a minute, and not those that saw it", async () => {
    const cli = shop({});
    await cli.succeed("release", "register", "checkout", "1.0.0");
    for (const [instance, habit] of [["a", "obey"], ["b", "sleep"]] as const) await startFakeAgent(cli.store, { service: "checkout", instance, habit });
    await cli.succeed("pin", "checkout", "1.0.0", "--yes", "--no-wait");
    const written = systemClock.now();
    const at = (later: number) => commandLine({ store: cli.store, inspector: inspectorOf({}), files: tables(1), clock: { ...systemClock, now: () => written + later } });
    const found = async (line: CommandLine) => (await line.json("doctor", "doctor")).findings.filter(({ check }) => check === "instances").map(({ message }) => message);
    expect(await found(at(30_000))).toEqual([expect.stringContaining("none that lives obeys an old revision")]);
    expect(await found(at(300_000))).toEqual([expect.stringContaining("b of checkout has not seen revision 1, made ")]);
    const { services } = await at(300_000).json("status", "status");
    expect(services[0]?.problems).toMatchObject([{ kind: "old-view", instances: ["b"], message: expect.stringContaining("has not seen revision 1, made at 20") as string }]);
  });
});

describe("checkClocks", () => {
  const at = new Date(now).toISOString();
  const record = (instance: string, clockOffsetMs?: number) => instanceSchema.parse({ service: "web", instance, track: "stable", actuator: "instance", status: "in-sync", revision: 1, seen: 1, clockOffsetMs, node: "host-7", agent: { version: "0.1.0", startedAt: at }, at });
  const facts = (headAt: string, instances: ServiceFacts["instances"] = []): ServiceFacts => ({ ...factsOf(), service: "web", head: { value: headSchema.parse({ revision: 1, digest: "d", at: headAt, by: "jo" }), createIndex: 1, modifyIndex: 1 }, instances });

  it("names the hosts of live instances whose clocks are wrong", () => {
    const instances = [{ live: true, record: record("a") }, { live: true, record: record("b", -3_600_000) }, { live: true, record: record("c", 60_000) }, { live: false, record: record("d", 60_000) }];
    expect(checkClocks({ services: [facts(at, instances)] }, now).map(({ message }) => message.split(":")[0])).toEqual([
      "the clock of host-7, where b of web runs, is 3600 s ahead of Consul's",
      "the clock of host-7, where c of web runs, is 60 s behind Consul's",
    ]);
  });

  it.each([
    ["now", 0, 0],
    ["a moment later, as plans that follow at once are", 40, 0],
    ["in an hour", 3_600_000, 1],
    ["in ten years", 315_360_000_000, 1],
  ])("looks at history that is dated %s", (_, later, findings) => {
    expect(checkClocks({ services: [facts(new Date(now + later).toISOString())] }, now)).toHaveLength(findings);
  });
});

describe("countConnections", () => {
  const CONSUL = { host: "127.0.0.1", port: 8500 };

  it("counts those to this address only, where it is no name", () => {
    const mapped = LINE.replace("0100007F:2134", "0000000000000000FFFF00000100007F:2134");
    const elsewhere = LINE.replace("0100007F:2134", "0500000A:2134");
    const lines = [[LINE, elsewhere, mapped].join("\n")];
    expect([CONSUL, { ...CONSUL, host: "10.0.0.5" }, { ...CONSUL, host: "consul.example" }].map((address) => countConnections(lines, address))).toEqual([2, 1, 3]);
  });

  it("counts established ones to the port, of both families, and nothing else", () => {
    const listening = LINE.replace(" 01 ", " 0A ");
    const other = LINE.replace(":2134", ":2135");
    expect(countConnections([[LINE, listening, other, LINE].join("\n"), LINE], CONSUL)).toBe(3);
    expect(countConnections([], CONSUL)).toBeUndefined();
  });
});
