import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { brokenLinks, historyOf } from "../../support/history.ts";
import { type Ran, type TestAgent, withEnvironment } from "../../support/rollpin.ts";
import { until } from "../../support/until.ts";
import { ownConsul } from "./own-consul.ts";
import { expectExit, flat, registered, runs, standing } from "./story.ts";

const { consul, start } = await ownConsul();

const run = (code: number, ...words: string[]): Promise<Ran> => expectExit(code, words, { consul: consul.address });

const GOOD = { "1.0.0": "good.js", "2.0.0": "good.js", "3.0.0": "good.js" };

/** One instance with three releases, pinned to the first. */
async function instanceOf(service: string, releases: Readonly<Record<string, string>> = GOOD, yaml?: string): Promise<TestAgent> {
  const agent = await start({ service, releases, yaml });
  await registered(consul, service, ...Object.keys(releases));
  await run(0, "pin", service, Object.keys(releases)[0] ?? "", "--yes");
  return agent;
}

/** Releases and revisions only: nothing runs, so nothing is waited for. */
async function paperService(service: string, ...pins: string[]): Promise<void> {
  for (const version of new Set(pins)) await run(0, "release", "register", service, version);
  for (const version of pins) await run(0, "pin", service, version, "--yes", "--no-wait", "--override");
}

const pinOf = async (service: string): Promise<string | undefined> => (await consul.kv.get(`rollpin/desired/${service}/pin`))?.trim();

describe("rollback", () => {
  it("goes back, condemns what it left, and a second one goes further back, never to the bad version", async () => {
    const agent = await instanceOf("twice");
    await run(0, "pin", "twice", "2.0.0", "--yes");
    await run(0, "pin", "twice", "3.0.0", "--yes");
    const first = await run(0, "rollback", "twice", "--yes", "--reason", "20% errors");
    expect(flat(first.stdout)).toContain("1/1 applied");
    expect(await pinOf("twice")).toBe("2.0.0");
    await run(0, "rollback", "twice", "--yes");
    expect(await pinOf("twice")).toBe("1.0.0");
    await runs(agent, "1.0.0");
    const third = await run(3, "rollback", "twice", "--yes");
    expect(flat(third.stderr)).toMatch(/refused \(target\).*2\.0\.0.*condemned/);
    expect(flat(third.stderr)).toMatch(/3\.0\.0.*condemned.*20% errors|20% errors.*3\.0\.0/);
    await runs(agent, "1.0.0");
    expect(brokenLinks(await historyOf(consul, "twice"))).toEqual([]);
  });

  it("takes along what releases require, in one plan, and undo takes both back", async () => {
    const agent = await instanceOf("tied-payments");
    for (const version of ["5.1.0", "5.2.0"]) {
      const file = join(agent.folder, `ledger-${version}.yaml`);
      await writeFile(file, `version: ${version}\nrequires: {tied-payments: "${version === "5.1.0" ? ">=1 <3" : "^2"}"}\n`);
      await run(0, "release", "register", "tied-ledger", version, "--file", file);
    }
    await run(0, "pin", "tied-ledger", "5.1.0", "--yes", "--no-wait");
    await run(0, "pin", "tied-payments", "2.0.0", "--yes");
    await run(0, "pin", "tied-ledger", "5.2.0", "--yes", "--no-wait");
    const dry = await run(0, "rollback", "tied-payments", "--dry-run");
    expect(flat(dry.stdout)).toContain("goes along, because tied-ledger 5.2.0 needs tied-payments ^2, and 1.0.0 isn't that: roll back stable from 5.2.0 to 5.1.0");
    const ran = JSON.parse((await run(5, "rollback", "tied-payments", "--yes", "--timeout", "2s", "-o", "json")).stdout) as { readonly id: string; readonly services: object };
    expect(ran.services).toMatchObject([{ service: "tied-payments" }, { service: "tied-ledger" }]);
    expect([await pinOf("tied-payments"), await pinOf("tied-ledger")]).toEqual(["1.0.0", "5.1.0"]);
    expect(await consul.kv.get("rollpin/verdicts/tied-ledger/5.2.0")).toBeUndefined();
    await runs(agent, "1.0.0");
    await run(0, "undo", ran.id, "--yes", "--no-wait");
    expect([await pinOf("tied-payments"), await pinOf("tied-ledger")]).toEqual(["2.0.0", "5.2.0"]);
    await run(0, "release", "condemn", "tied-ledger", "5.1.0", "--yes");
    const refused = await run(3, "rollback", "tied-payments", "--yes");
    expect(flat(refused.stderr)).toMatch(/refused \(requires\).*tied-ledger 5\.2\.0 needs tied-payments \^2.*rollpin release clear tied-ledger 5\.1\.0/);
  });

  it("with one version only is refused", async () => {
    await paperService("only-one", "1.0.0");
    const ran = await run(3, "rollback", "only-one", "--yes");
    expect(flat(ran.stderr)).toContain("refused (target)");
    expect(await pinOf("only-one")).toBe("1.0.0");
    expect((await historyOf(consul, "only-one")).length).toBe(1);
    expect(JSON.parse((await run(3, "rollback", "only-one", "--yes", "-o", "json")).stderr)).toMatchObject({ kind: "error", error: { code: "refused", exit: 3, check: "target" } });
  });

  it("in the middle of a slow switch goes back to where that began, without a new process", async () => {
    const agent = await instanceOf("slow", { "1.0.0": "good.js", "2.0.0": withEnvironment("slow-start.js", { START_MS: "60000" }) });
    const { pid } = (await agent.state()).record;
    await run(0, "pin", "slow", "2.0.0", "--yes", "--no-wait");
    await until("it is at it", async () => (await agent.state()).record.reason?.code === "applying");
    await run(0, "rollback", "slow", "--yes");
    await runs(agent, "1.0.0");
    expect((await agent.state()).record.pid).toBe(pid);
    expect((await historyOf(consul, "slow")).map(({ kind, after }) => [kind, after.pins["stable"]])).toEqual([["pin", "1.0.0"], ["pin", "2.0.0"], ["rollback", "1.0.0"]]);
  });

  it("is undone exactly, verdicts too, and so is the undo", async () => {
    const agent = await instanceOf("undone");
    await run(0, "config", "set", "undone", "--text", "timeout: 1s\n", "--yes");
    await run(0, "release", "clear", "undone", "2.0.0", "--good", "--yes", "--reason", "soaked for a week");
    await run(0, "pin", "undone", "2.0.0", "--yes");
    await run(0, "config", "set", "undone", "--text", "timeout: 2s \r\n\n# é", "--yes");
    const before = await standing(consul, "undone");
    await run(0, "rollback", "undone", "--yes");
    const rolledBack = await standing(consul, "undone");
    expect(rolledBack).not.toEqual(before);
    expect(rolledBack["desired/undone/config"]).toBe("timeout: 1s\n");
    const { plan } = (await historyOf(consul, "undone")).at(-1) ?? { plan: "" };
    await run(0, "undo", plan, "--yes");
    expect(await standing(consul, "undone")).toEqual(before);
    await runs(agent, "2.0.0");
    await run(0, "undo", "undone", "--yes");
    expect(await standing(consul, "undone")).toEqual(rolledBack);
    await runs(agent, "1.0.0");
    const stale = await run(4, "undo", plan, "--yes");
    expect(stale.stderr).toContain(plan);
    expect(brokenLinks(await historyOf(consul, "undone"))).toEqual([]);
  });

  it("--to takes a version, a range, a track; a condemned one needs --override", async () => {
    await paperService("named", "1.0.0", "1.4.0", "1.4.2", "2.0.0");
    await run(0, "rollback", "named", "--to", "^1.4", "--yes", "--no-wait");
    expect(await pinOf("named")).toBe("1.4.2");
    await run(0, "rollback", "named", "--to", "1.0.0", "--yes", "--no-wait", "--no-condemn");
    expect(await pinOf("named")).toBe("1.0.0");
    expect(Object.keys(await standing(consul, "named")).filter((key) => key.startsWith("verdicts/"))).toEqual(["verdicts/named/2.0.0"]);
    const condemned = await run(3, "rollback", "named", "--to", "2.0.0", "--yes", "--no-wait");
    expect(flat(condemned.stderr)).toMatch(/refused \(condemned\).*--override/);
    await run(0, "rollback", "named", "--to", "2.0.0", "--override", "--yes", "--no-wait");
    expect(await pinOf("named")).toBe("2.0.0");
    expect((await historyOf(consul, "named")).at(-1)?.overrides).toEqual(["condemned"]);
    expect(Object.keys(await standing(consul, "named")).filter((key) => key.startsWith("verdicts/"))).toEqual(["verdicts/named/1.0.0"]);
    await run(0, "pin", "named", "1.4.0", "--track", "canary", "--yes", "--no-wait");
    await run(0, "rollback", "named", "--to", "track:canary", "--yes", "--no-wait");
    expect(await pinOf("named")).toBe("1.4.0");
    const unregistered = await run(3, "rollback", "named", "--to", "9.9.9", "--yes", "--override");
    expect(flat(unregistered.stderr)).toContain("refused (registered)");
    expect(flat((await run(3, "rollback", "named", "--to", "^7", "--yes")).stderr)).toContain("^7");
    expect(flat((await run(2, "rollback", "named", "--to", "1.0.0", "--steps", "1", "--yes")).stderr)).toMatch(/--steps/);
  });

  it("--steps counts different versions, --revision and --at name a state and condemn nothing", async () => {
    await paperService("stepped", "1.0.0", "2.0.0", "3.0.0");
    const [first, second] = await historyOf(consul, "stepped");
    await run(0, "rollback", "stepped", "--steps", "2", "--yes", "--no-wait");
    expect(await pinOf("stepped")).toBe("1.0.0");
    const verdicts = async () => Object.keys(await standing(consul, "stepped")).filter((key) => key.startsWith("verdicts/"));
    expect(await verdicts()).toEqual(["verdicts/stepped/3.0.0"]);
    const back = await run(0, "rollback", "stepped", "--revision", "2", "--yes", "--no-wait");
    expect(flat(back.stderr)).toContain("revision 2");
    expect(await pinOf("stepped")).toBe("2.0.0");
    const at = await run(0, "rollback", "stepped", "--at", first?.at ?? "", "--yes", "--no-wait");
    expect(flat(at.stderr)).toContain("revision 1");
    expect(await pinOf("stepped")).toBe("1.0.0");
    expect(await verdicts()).toEqual(["verdicts/stepped/3.0.0"]);
    expect(Date.parse(second?.at ?? "")).toBeGreaterThanOrEqual(Date.parse(first?.at ?? ""));
    const tooEarly = await run(3, "rollback", "stepped", "--at", "20m", "--yes");
    expect(flat(tooEarly.stderr)).toMatch(/kept-history.*oldest kept revision is 1/);
    expect(flat((await run(3, "rollback", "stepped", "--revision", "77", "--yes")).stderr)).toContain("no revision 77");
    expect(flat((await run(2, "rollback", "stepped", "--at", "yesterday", "--yes")).stderr)).toContain("is not a time");
  });

  it("--only config leaves the pin, --only pin leaves the config", async () => {
    await paperService("parts", "1.0.0");
    await run(0, "config", "set", "parts", "--text", "a: 1", "--yes", "--no-wait");
    await run(0, "release", "register", "parts", "2.0.0");
    await run(0, "pin", "parts", "2.0.0", "--yes", "--no-wait");
    await run(0, "config", "set", "parts", "--text", "a: 2", "--yes", "--no-wait");
    await run(0, "rollback", "parts", "--only", "config", "--yes", "--no-wait");
    expect(await standing(consul, "parts")).toEqual({ "desired/parts/pin": "2.0.0", "desired/parts/config": "a: 1" });
    await run(0, "config", "set", "parts", "--text", "a: 3", "--yes", "--no-wait");
    await run(0, "rollback", "parts", "--only", "pin", "--yes", "--no-wait");
    expect(await standing(consul, "parts")).toMatchObject({ "desired/parts/pin": "1.0.0", "desired/parts/config": "a: 3" });
  });

  it("of several services is one plan and one transaction, or nothing", async () => {
    await paperService("group-a", "1.0.0", "2.0.0");
    await paperService("group-b", "5.0.0", "6.0.0");
    await paperService("group-c", "1.0.0");
    const refused = await run(3, "rollback", "group-a", "group-b", "group-c", "--yes");
    expect(flat(refused.stderr)).toContain("group-c");
    expect([await pinOf("group-a"), await pinOf("group-b")]).toEqual(["2.0.0", "6.0.0"]);
    const both = await run(0, "rollback", "group-a", "group-b", "--yes", "--no-wait");
    expect(flat(both.stderr)).toMatch(/target: group-a: .* target: group-b: /);
    const keys = ["desired/group-a/pin", "desired/group-a/head", "desired/group-b/pin", "desired/group-b/head", "verdicts/group-a/2.0.0", "verdicts/group-b/6.0.0", "history/group-a/0000000003", "history/group-b/0000000003"];
    const indexes = await Promise.all(keys.map(async (key) => (await consul.kv.entry(`rollpin/${key}`))?.modifyIndex));
    expect(new Set(indexes).size, JSON.stringify(indexes)).toBe(1);
    const [a, b] = [(await historyOf(consul, "group-a")).at(-1), (await historyOf(consul, "group-b")).at(-1)];
    expect(a?.plan).toBe(b?.plan);
    await run(0, "undo", a?.plan ?? "", "--yes", "--no-wait");
    expect([await pinOf("group-a"), await pinOf("group-b")]).toEqual(["2.0.0", "6.0.0"]);
  });

  it("--dry-run prints the plan that a real run applies, and changes nothing", async () => {
    await paperService("dry", "1.0.0", "2.0.0");
    const before = await standing(consul, "dry");
    const dry = JSON.parse((await run(0, "rollback", "dry", "--dry-run", "-o", "json")).stdout) as { plan: { fingerprint: string } };
    expect(await standing(consul, "dry")).toEqual(before);
    const real = JSON.parse((await run(0, "rollback", "dry", "--yes", "--no-wait", "-o", "json")).stdout) as { plan: { fingerprint: string } };
    expect(real.plan.fingerprint).toBe(dry.plan.fingerprint);
    expect(flat((await run(2, "rollback", "dry")).stderr)).toContain("--yes");
  });
});

describe("around a rollback", () => {
  it("a freeze stops pins but not rollbacks; scope all stops both; unfreeze ends it", async () => {
    await paperService("cold", "1.0.0", "2.0.0", "3.0.0");
    await run(0, "freeze", "cold", "--for", "2h", "--reason", "sale day", "--yes");
    const pinned = await run(3, "pin", "cold", "1.0.0", "--yes", "--no-wait");
    expect(flat(pinned.stderr)).toMatch(/refused \(frozen\).*sale day.*unfreeze/);
    expect(pinned.stderr.match(/sale day/g)).toHaveLength(1);
    await run(0, "rollback", "cold", "--yes", "--no-wait");
    expect(await pinOf("cold")).toBe("2.0.0");
    expect(flat((await run(0, "status", "cold")).stdout)).toMatch(/frozen \(forward\).*sale day/);
    await run(0, "freeze", "cold", "--scope", "all", "--yes");
    expect(flat((await run(3, "rollback", "cold", "--yes")).stderr)).toContain("refused (frozen)");
    await run(0, "unfreeze", "cold", "--yes");
    await run(0, "rollback", "cold", "--yes", "--no-wait");
    expect(await pinOf("cold")).toBe("1.0.0");
    expect(flat((await run(0, "unfreeze", "cold", "--yes")).stdout)).toContain("nothing to change");
  });

  it("a hand flip that an agent wrote into history is undone by its plan's name", async () => {
    const agent = await instanceOf("by-hand");
    await consul.kv.put("rollpin/desired/by-hand/pin", "2.0.0");
    const entry = await until("it is adopted", async () => (await historyOf(consul, "by-hand")).find(({ kind }) => kind === "external"));
    await run(0, "undo", entry.plan, "--yes");
    await runs(agent, "1.0.0");
  });

  it("unknown services, unregistered versions and missing instances have exits of their own", async () => {
    await paperService("lonely", "1.0.0", "2.0.0");
    const unknown = await run(2, "rollback", "lonley", "--yes");
    expect(flat(unknown.stderr)).toMatch(/lonley.*lonely/);
    expect(flat((await run(3, "pin", "lonely", "2.0.1", "--yes")).stderr)).toMatch(/refused \(registered\).*release register lonely 2\.0\.1/);
    const nobody = await run(5, "rollback", "lonely", "--yes");
    expect(flat(nobody.stdout)).toContain("no instance");
    expect(await pinOf("lonely")).toBe("1.0.0");
    expect(flat((await run(0, "pin", "lonely", "1.0.0", "--yes")).stdout)).toContain("nothing to change");
    expect((await historyOf(consul, "lonely")).length).toBe(3);
  });

  it("config is read back byte for byte, and the process sees its file", async () => {
    const agent = await instanceOf("settings", { "1.0.0": "good.js" }, `appliers:\n  - process:\n      command: [node, "./releases/{{version}}/server.js", "{{port}}"]\n      drain: 50ms\n      restartOn: [config]\n`);
    const text = "url: postgres://a\n\ttab: \"ü\"\n";
    await run(0, "config", "set", "settings", "--text", text, "--yes");
    expect((await run(0, "config", "get", "settings")).stdout).toBe(text);
    const { port } = (await agent.state()).record;
    const seen = await fetch(`http://127.0.0.1:${port}/config`);
    expect(await seen.text()).toBe(text);
    await run(0, "config", "set", "settings", "--remove", "--yes");
    expect(flat((await run(0, "config", "get", "settings")).stderr)).toContain("settings has no config");
    const without = await fetch(`http://127.0.0.1:${(await agent.state()).record.port}/config`);
    expect(await without.text()).toBe("none");
  });

  it("restart gives a new process of the same version, and a receipt", async () => {
    const agent = await instanceOf("again");
    const { pid } = (await agent.state()).record;
    const ran = await run(0, "restart", "again", "--yes");
    expect(flat(ran.stdout)).toMatch(/again revision 2: 1\/1 applied in/);
    const { record } = await agent.state();
    expect(record).toMatchObject({ version: "1.0.0", status: "in-sync", revision: 2 });
    expect(record.pid).not.toBe(pid);
  });
});
