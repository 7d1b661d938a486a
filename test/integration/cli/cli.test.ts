/** The CLI's bundle as a process of its own, at a real Consul. */
import { readFileSync } from "node:fs";
import * as z from "zod/mini";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { shapes } from "../../../cli/output/shapes.ts";
import type { Store } from "../../../core/store/port.ts";
import { registerReleases } from "../../bench/fleet/operator.ts";
import { storeAt } from "../../contract/world.ts";
import { type ConsulServer, startConsul } from "../../support/consul-server.ts";
import { until } from "../../support/until.ts";
import { type FakeAgent, type FakeAgentOptions, startFakeAgent } from "../../unit/cli/fake-agent.ts";
import { type Bundle, type Running, buildBundle, start } from "./bundle.ts";

let consul: ConsulServer;
let guarded: ConsulServer;
let bundle: Bundle;
let prefix = "";
let tests = 0;
const agents: FakeAgent[] = [];
const stores: Store[] = [];

beforeAll(async () => {
  [consul, guarded, bundle] = await Promise.all([startConsul(), startConsul({ acl: true }), buildBundle()]);
});

afterAll(async () => {
  await Promise.all([consul.stop(), guarded.stop(), bundle.remove()]);
});

beforeEach(() => {
  tests += 1;
  prefix = `test-${tests}`;
});

afterEach(async () => {
  await Promise.all(agents.splice(0).map((agent) => agent.stop()));
  for (const store of stores.splice(0)) store.close();
});

const env = (more: Readonly<Record<string, string>> = {}) => ({ CONSUL_HTTP_ADDR: consul.address, ...more });
const run = (...argv: readonly string[]): Running => start(process.execPath, [bundle.bin, "--prefix", prefix, ...argv], env());

async function succeed(...argv: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run(...argv).ended;
  expect({ argv, code, stderr: code === 0 ? "" : stderr }).toEqual({ argv, code: 0, stderr: "" });
  return stdout;
}

async function agent(options: FakeAgentOptions): Promise<void> {
  const store = await storeAt({ address: consul.address }, { prefix });
  stores.push(store);
  agents.push(await startFakeAgent(store, options));
}

/** As `release register` does it; only a test that is about that starts a process for it. */
async function registered(service = "checkout"): Promise<void> {
  const store = await storeAt({ address: consul.address }, { prefix });
  await registerReleases(store, service, ["1.0.0", "2.0.0"]);
  store.close();
}

const { version } = JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8")) as { readonly version: string };

describe("receipts", () => {
  it("see every instance through a pin and a rollback, by who did it", async () => {
    for (const version of ["1.0.0", "2.0.0"]) await succeed("release", "register", "checkout", version);
    for (const instance of ["a", "b", "c"]) await agent({ service: "checkout", instance });
    for (const version of ["1.0.0", "2.0.0"]) expect(await succeed("pin", "checkout", version, "--yes")).toMatch(/3\/3 applied in \d+\.\d s/);
    const change = z.parse(shapes.change, JSON.parse(await succeed("rollback", "checkout", "--yes", "-o", "json")));
    expect(change.receipt).toMatchObject({ state: "complete", services: [{ revision: 3, applied: 3 }] });
    const history = z.parse(shapes.history, JSON.parse(await succeed("history", "checkout", "-o", "json")));
    expect(history.revisions.map(({ kind }) => kind)).toEqual(["rollback", "pin", "pin"]);
    expect(history.revisions[0]?.by).toMatch(/^jo@/);
    expect(await succeed("status")).toMatch(/checkout +1\.0\.0 +3\/3 +1\.0\.0 x3/);
  });

  it("follow several services at once", async () => {
    for (const service of ["checkout", "payments"]) await registered(service);
    for (const service of ["checkout", "payments"]) await agent({ service, instance: `${service}-1` });
    for (const service of ["checkout", "payments"]) for (const version of ["1.0.0", "2.0.0"]) await succeed("pin", service, version, "--yes");
    const change = z.parse(shapes.change, JSON.parse(await succeed("rollback", "checkout", "payments", "--yes", "-o", "json")));
    expect(change.receipt?.services.map(({ service, applied }) => [service, applied])).toEqual([["checkout", 1], ["payments", 1]]);
  });

  it("end with 5 at Ctrl-C, and the change stands", async () => {
    await registered();
    await agent({ service: "checkout", instance: "a", habit: "sleep" });
    const running = run("pin", "checkout", "1.0.0", "--yes");
    await until("it waits", () => running.seen.stderr.includes("waiting: checkout 0/1"));
    running.child.kill("SIGINT");
    const { code, stdout } = await running.ended;
    expect(code).toBe(5);
    expect(stdout).toContain("the change stands");
    expect(await succeed("status")).toMatch(/checkout +1\.0\.0 +0\/1/);
  });
});

describe("traffic", () => {
  async function running(service: string, versions: readonly string[]): Promise<void> {
    const store = await storeAt({ address: consul.address }, { prefix });
    stores.push(store);
    for (const [index, version] of versions.entries()) expect((await store.catalog.register({ id: `${service}-${index}`, service, port: 1000 + index, meta: { version, track: "stable" } })).ok).toBe(true);
    await until("the catalog", async () => {
      const seen = await store.catalog.healthy(service);
      return seen.ok && seen.value.endpoints.length === versions.length;
    });
  }
  const show = async () => z.parse(shapes.routes, JSON.parse(await succeed("route", "show", "orders", "-o", "json")));

  it("is shifted, handed over and put back by plans that instances apply; a hand's flip makes a name that it leaves mean the pin", async () => {
    await registered("orders");
    await agent({ service: "orders", instance: "a" });
    await running("orders", ["1.0.0", "2.0.0"]);
    await running("orders-backup", ["1.0.0"]);
    await succeed("pin", "orders", "2.0.0", "--yes");
    expect(await succeed("route", "set", "orders", "--text", "split: {2.0.0: 90, 1.0.0: 10} # by hand\n", "--yes")).toMatch(/1\/1 applied/);
    expect(await succeed("route", "shift", "orders", "1.0.0", "25%", "--yes")).toMatch(/1\/1 applied/);
    expect(await show()).toMatchObject({ routes: "split: {1.0.0: 25, pin: 75} # by hand\n", split: [{ to: "1.0.0", wanted: 0.25 }, { to: "2.0.0", wanted: 0.75 }] });
    await succeed("failover", "orders", "--to", "orders-backup", "--yes");
    expect(await show()).toMatchObject({ split: [{ share: "failover", to: "orders-backup" }], failover: { state: "on" } });
    await succeed("failback", "orders", "--yes");
    const refused = await run("failover", "orders", "--to", "nowhere", "--yes", "-o", "json").ended;
    expect({ code: refused.code, check: z.parse(shapes.error, JSON.parse(refused.stderr)).error.check }).toEqual({ code: 3, check: "no-live-instance" });
    await succeed("rollback", "orders", "--only", "routes", "--to", "2.0.0", "--yes");
    expect((await show()).routes).toContain("1.0.0");
    await succeed("route", "set", "orders", "--text", "split: {2.0.0: 100}\n", "--yes");
    await consul.kv.put(`${prefix}/desired/orders/pin`, "1.0.0");
    await succeed("config", "set", "orders", "--text", "a: 1", "--yes");
    expect(await show()).toMatchObject({ split: [{ share: "2.0.0", to: "1.0.0", instead: "a hand has left that version, so its name means the pin" }] });
    await consul.kv.put(`${prefix}/desired/orders/routes`, "split: {2.0.0: many}\n");
    expect(await succeed("status", "orders")).toMatch(/orders\/routes holds[^]*line 1, column 16:[^]*a\s+weight is a number/);
    expect((await show()).routes).toBe("split: {2.0.0: 100}\n");
  }, 120_000);
});

describe("streams", () => {
  it("a reader that goes away is no fault", async () => {
    await registered();
    const watching = run("status", "--watch", "-o", "json");
    await until("the first look", () => watching.seen.stdout.includes("\n"));
    watching.child.stdout?.destroy();
    await succeed("pin", "checkout", "1.0.0", "--yes", "--no-wait");
    const { code, stderr } = await watching.ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });

  it("a watch ends with 0 at Ctrl-C, one object a line before that", async () => {
    await registered();
    const watching = run("status", "--watch", "-o", "json");
    await until("the first look", () => watching.seen.stdout.includes("\n"));
    await succeed("pin", "checkout", "1.0.0", "--yes", "--no-wait");
    await until("the change", () => watching.seen.stdout.split("\n").length > 2);
    watching.child.kill("SIGINT");
    const { code, stdout, stderr } = await watching.ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    for (const line of stdout.trimEnd().split("\n")) z.parse(shapes.status, JSON.parse(line));
  });

  it("config comes from stdin byte for byte", async () => {
    await registered();
    const text = "timeout: 5s # ü\n\n";
    const set = await start(process.execPath, [bundle.bin, "--prefix", prefix, "config", "set", "checkout", "-", "--yes", "--no-wait"], env(), text).ended;
    expect(set.code).toBe(0);
    expect(await succeed("config", "get", "checkout")).toBe(text);
  });

  it("what is no text is refused, from stdin and from a file", async () => {
    await registered();
    const set = ["--prefix", prefix, "config", "set", "checkout"];
    const piped = await start("bash", ["--norc", "-c", `printf '\\xff\\xfe' | '${process.execPath}' '${bundle.bin}' ${set.join(" ")} - --yes`], env()).ended;
    const named = await start(process.execPath, [bundle.bin, ...set, process.execPath, "--yes"], env()).ended;
    for (const { code, stderr } of [piped, named]) {
      expect(code).toBe(2);
      expect(stderr).toContain("no UTF-8 text");
    }
  });

  it("history names ROLLPIN_USER", async () => {
    await start(process.execPath, [bundle.bin, "--prefix", prefix, "release", "register", "checkout", "1.0.0"], env()).ended;
    await start(process.execPath, [bundle.bin, "--prefix", prefix, "pin", "checkout", "1.0.0", "--yes", "--no-wait"], env({ ROLLPIN_USER: " ann " })).ended;
    expect(await succeed("history", "checkout")).toContain("by ann ");
  });

  it("the version is said without Consul", async () => {
    for (const argv of [["--version"], ["-V"], ["-o", "json", "--version"]]) {
      expect(await start(process.execPath, [bundle.bin, ...argv], { CONSUL_HTTP_ADDR: "127.0.0.1:1" }).ended).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
    }
  });
});

describe("Consul away", () => {
  it.each([["status"], ["pin", "checkout", "1.0.0", "--yes"], ["undo", "checkout", "--yes"]])("is exit 6 with an address to look at: %s", async (...argv) => {
    const { code, stdout, stderr } = await start(process.execPath, [bundle.bin, ...argv, "-o", "json"], { CONSUL_HTTP_ADDR: "127.0.0.1:1" }).ended;
    expect({ code, stdout }).toEqual({ code: 6, stdout: "" });
    expect(z.parse(shapes.error, JSON.parse(stderr)).error.message).toMatch(/127\.0\.0\.1:1.*CONSUL_HTTP_ADDR/);
  });

  it("an address that is none is bad usage", async () => {
    const { code, stderr } = await start(process.execPath, [bundle.bin, "status", "--consul-addr", "ftp://x"], {}).ended;
    expect(code).toBe(2);
    expect(stderr).toContain("ftp");
  });
});

describe("doctor", () => {
  const doctor = async (more: Readonly<Record<string, string>>) => {
    const { code, stdout, stderr } = await start(process.execPath, [bundle.bin, "--prefix", prefix, "doctor", "-o", "json"], { ...env(), ...more }).ended;
    if (stdout === "") throw new Error(`doctor said nothing: ${stderr}`);
    const { findings } = z.parse(shapes.doctor, JSON.parse(stdout));
    return { code, findings, wrong: findings.filter(({ level }) => level !== "ok").map(({ check }) => check), acl: findings.filter(({ check }) => check === "acl").map(({ message }) => message).join("\n") };
  };

  it("finds nothing wrong with a good Consul, and writes nothing to it", async () => {
    await registered();
    const store = await storeAt({ address: consul.address }, { prefix });
    stores.push(store);
    const before = await store.keys("");
    const { code, wrong, findings } = await doctor({});
    expect({ code, wrong }).toEqual({ code: 0, wrong: [] });
    expect(findings.find(({ check }) => check === "consul")?.message).toMatch(/Consul \d+\.\d+/);
    expect(findings.find(({ check }) => check === "connections")?.message).toMatch(/^\d+ of \d+ connections/);
    expect(await store.keys("")).toEqual(before);
  });

  it("finds garbage, strangers and a format from the future", async () => {
    await registered();
    const store = await storeAt({ address: consul.address }, { prefix });
    stores.push(store);
    for (const [key, value] of [["releases/checkout/3.0.0", "{"], ["desired/checkout/colour", "red"], ["desired/ghost/pin", "1.0.0"], ["meta/format", '{"write": 9, "minReader": 9}']] as const) {
      const put = await store.transact([{ kind: "create", key, value }]);
      expect(put.ok).toBe(true);
    }
    const { code, wrong, findings } = await doctor({});
    expect(code).toBe(3);
    expect(new Set(wrong)).toEqual(new Set(["records", "keys", "format"]));
    for (const finding of findings.filter(({ level }) => level !== "ok")) expect(finding.mend).toBeTruthy();
  });

  it.each([
    { token: "none", rules: undefined, code: 3, says: /may not read/ },
    { token: "read-only", rules: (at: string) => `key_prefix "${at}/" { policy = "read" }`, code: 0, says: /may change nothing/ },
    { token: "half", rules: (at: string) => `key_prefix "${at}/" { policy = "read" } key_prefix "${at}/desired/" { policy = "write" }`, code: 3, says: /may write .*desired\/ but not .*history\// },
    { token: "whole", rules: (at: string) => `key_prefix "${at}/" { policy = "write" }`, code: 0, says: /may write all/ },
  ])("says what a token may do: $token", async ({ rules, code, says }) => {
    const token: Readonly<Record<string, string>> = rules === undefined ? {} : { CONSUL_HTTP_TOKEN: await guarded.createToken(rules(prefix)) };
    const found = await doctor({ CONSUL_HTTP_ADDR: guarded.address, ...token });
    expect(found.acl).toMatch(says);
    expect(found.code).toBe(code);
  });

  it("knows a token that Consul doesn't", async () => {
    const found = await doctor({ CONSUL_HTTP_ADDR: guarded.address, CONSUL_HTTP_TOKEN: "00000000-0000-0000-0000-000000000000" });
    expect(found.code).toBe(3);
    expect(found.acl).toContain("does not know the token");
  });

  it("is exit 6 without Consul", async () => {
    const { code, wrong } = await doctor({ CONSUL_HTTP_ADDR: "127.0.0.1:1" });
    expect({ code, wrong }).toEqual({ code: 6, wrong: ["consul"] });
  });
});
