import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { InstanceRecord, Release } from "../../../core/model/records.ts";
import { type ConsulServer, startConsul } from "../../support/consul-server.ts";
import { type AgentOptions, type Ran, type TestAgent, rollpin, startAgent } from "../../support/rollpin.ts";
import { until } from "../../support/until.ts";
import { expectExit, flat, processYaml, registered, runs } from "./story.ts";

let consul: ConsulServer;
let agents: TestAgent[] = [];

beforeAll(async () => {
  consul = await startConsul();
});
afterEach(async () => {
  await Promise.all(agents.map((agent) => agent.remove()));
  agents = [];
});
afterAll(() => consul.stop());

const run = (code: number, ...words: string[]): Promise<Ran> => expectExit(code, words, { consul: consul.address });

async function start(service: string, more: Partial<AgentOptions> = {}): Promise<TestAgent> {
  const agent = await startAgent({ consul: consul.address, service, releases: { "1.0.0": "good.js" }, yaml: processYaml(), ...more });
  agents.push(agent);
  return agent;
}

async function pinned(service: string, more: Partial<AgentOptions> = {}): Promise<TestAgent> {
  const agent = await start(service, more);
  await registered(consul, service, "1.0.0");
  await run(0, "pin", service, "1.0.0", "--yes");
  return agent;
}

const record = async (service: string): Promise<InstanceRecord | undefined> => {
  const text = await consul.kv.get(`rollpin/instances/${service}/${service}-1`);
  return text === undefined ? undefined : (JSON.parse(text) as InstanceRecord);
};
const shown = async (service: string): Promise<readonly { readonly ServiceTags: readonly string[]; readonly ServicePort: number }[]> => consul.http.json(`/v1/catalog/service/${service}`);

/** Every line that the agent logged with this event, as an operator reads it. */
async function logged(agent: TestAgent, event: string): Promise<readonly string[]> {
  const lines = (await agent.log()).split("\n").filter((line) => line.startsWith("{"));
  return lines.flatMap((line) => {
    const entry = JSON.parse(line) as { readonly event?: string; readonly message: string };
    return entry.event === event ? [entry.message] : [];
  });
}

const fileOf = (agent: TestAgent): string => join(agent.folder, "rollpin.yaml");

async function rewrite(agent: TestAgent, change: (text: string) => string): Promise<void> {
  const text = change(await readFile(fileOf(agent), "utf8"));
  await writeFile(`${fileOf(agent)}.new`, text);
  await rename(`${fileOf(agent)}.new`, fileOf(agent));
}

describe("the agent's file", () => {
  it("is read again when it changes, and the process is not touched", async () => {
    const agent = await pinned("reload");
    const { pid } = (await agent.state()).record;
    await rewrite(agent, (text) => `${text}register: { tags: [blue] }\n`);
    await until("the catalog shows the new tag", async () => (await shown("reload"))[0]?.ServiceTags.includes("blue"));
    await runs(agent, "1.0.0");
    expect((await agent.state()).record.pid).toBe(pid);
    await rewrite(agent, (text) => text.replace("blue", "green"));
    agent.reload();
    await until("and the next one", async () => (await shown("reload"))[0]?.ServiceTags.includes("green"));
    await runs(agent, "1.0.0");
    expect((await agent.state()).record.pid).toBe(pid);
    expect((await record("reload"))?.pid).toBe(pid);
  });

  it("is read again twice within a moment, and the last one counts", async () => {
    const agent = await pinned("reload-burst");
    const { pid } = (await agent.state()).record;
    for (const tag of ["a1", "a2", "a3", "a4", "a5"]) {
      await rewrite(agent, (text) => `${text.replace(/register:.*\n/, "")}register: { tags: [${tag}] }\n`);
      agent.reload();
    }
    await until("the catalog shows the last tag", async () => (await shown("reload-burst"))[0]?.ServiceTags.includes("a5"));
    await runs(agent, "1.0.0");
    expect((await agent.state()).record.pid).toBe(pid);
    expect(await logged(agent, "bad-file")).toEqual([]);
  });

  it("that is bad is told with its line, and the one before stays in force", async () => {
    const agent = await pinned("reload-bad");
    const { pid } = (await agent.state()).record;
    await rewrite(agent, (text) => `${text}regster: { tags: [blue] }\n`);
    const lines = (await readFile(fileOf(agent), "utf8")).split("\n").length - 1;
    const [message] = await until("it is told", async () => {
      const told = await logged(agent, "bad-file");
      return told.length > 0 && told;
    });
    expect(message).toMatch(new RegExp(`^rollpin\\.yaml:${lines}:1: .*regster.*register.*stays in force`));
    await run(0, "restart", "reload-bad", "--yes");
    expect((await agent.state()).record.status).toBe("in-sync");
    expect((await agent.state()).record.pid).not.toBe(pid);
    await rewrite(agent, (text) => text.replace("regster", "register"));
    await until("mended, it is read", async () => (await shown("reload-bad"))[0]?.ServiceTags.includes("blue"));
  });

  it("that would make it another agent is refused", async () => {
    const agent = await pinned("reload-identity");
    await rewrite(agent, (text) => text.replace("instance: reload-identity-1", "instance: reload-identity-9"));
    const [message] = await until("it is told", async () => {
      const told = await logged(agent, "bad-file");
      return told.length > 0 && told;
    });
    expect(message).toMatch(/^instance can't change while the agent runs.*start it again/);
    expect((await agent.state()).record).toMatchObject({ instance: "reload-identity-1", status: "in-sync" });
    expect(await consul.kv.get("rollpin/instances/reload-identity/reload-identity-9")).toBeUndefined();
  });

  it("changed at the moment of SIGTERM: the agent signs off all the same", async () => {
    const agent = await pinned("reload-term");
    await rewrite(agent, (text) => `${text}register: { tags: [blue] }\n`);
    agent.reload();
    expect(await agent.stop()).toBe(0);
    expect(await record("reload-term")).toBeUndefined();
  });

  it("SIGHUP gives a stalled instance another go", async () => {
    const agent = await pinned("reload-retry", { releases: { "1.0.0": "good.js", "2.0.0": "exits-at-once.js" } });
    await registered(consul, "reload-retry", "2.0.0");
    await run(5, "pin", "reload-retry", "2.0.0", "--yes");
    await agent.addRelease("2.0.0", "good.js");
    agent.reload();
    await runs(agent, "2.0.0");
  });

  it("restart gives a stalled instance another go too", async () => {
    const agent = await pinned("restart-retry", { releases: { "1.0.0": "good.js", "2.0.0": "exits-at-once.js" } });
    await registered(consul, "restart-retry", "2.0.0");
    const stalled = await run(5, "pin", "restart-retry", "2.0.0", "--yes");
    expect(flat(stalled.stdout)).toContain("rollpin restart restart-retry");
    await agent.addRelease("2.0.0", "good.js");
    await run(0, "restart", "restart-retry", "--yes");
    await runs(agent, "2.0.0");
  });
});

describe("a release file", () => {
  it("is registered when it is dropped; a bad one, or other content, is told and changes nothing", async () => {
    const service = "dropped";
    const agent = await start(service);
    await rewrite(agent, (text) => text.replace('releases: { artifacts: "./releases/{{version}}" }', 'releases: { artifacts: "./releases/{{version}}", file: release.yaml }'));
    agent.reload();
    const drop = async (text: string): Promise<void> => {
      await writeFile(join(agent.folder, "release.yaml.new"), text);
      await rename(join(agent.folder, "release.yaml.new"), join(agent.folder, "release.yaml"));
    };
    const release = async (version: string): Promise<Release | undefined> => {
      const text = await consul.kv.get(`rollpin/releases/${service}/${version}`);
      return text === undefined ? undefined : (JSON.parse(text) as Release);
    };
    await drop('version: "2.0.0"\ncommit: abc123\n');
    expect(await until("it is registered", () => release("2.0.0"))).toMatchObject({ version: "2.0.0", commit: "abc123" });

    await drop('version: "2.1.0"\ncomit: abc123\nschema: { writes: many }\n');
    const told = await until("it is told", async () => {
      const messages = await logged(agent, "bad-release");
      return messages.length >= 2 && messages;
    });
    expect(told.join("\n")).toMatch(/release\.yaml:2:1: .*comit/);
    expect(told.join("\n")).toMatch(/release\.yaml:3:\d+: .*writes/);
    expect(await release("2.1.0")).toBeUndefined();

    await drop('version: "2.0.0"\ncommit: ffffff\n');
    const [differs] = await until("the difference is told", async () => {
      const messages = await logged(agent, "release-differs");
      return messages.length > 0 && messages;
    });
    expect(differs).toMatch(/releases\/dropped\/2\.0\.0.*abc123.*ffffff/);
    expect(await release("2.0.0")).toMatchObject({ commit: "abc123" });

    await mkdir(join(agent.folder, "releases", "3.0.0"), { recursive: true });
    await until("a new artifact is registered", () => release("3.0.0"));
  });
});

describe("an agent's end", () => {
  it("SIGTERM signs off and keeps the process, which the next agent takes up", async () => {
    const agent = await pinned("leaves");
    const { pid, port } = (await agent.state()).record;
    expect(await agent.stop()).toBe(0);
    expect(await record("leaves")).toBeUndefined();
    expect((await shown("leaves")).map(({ ServicePort }) => ServicePort)).toEqual([port]);
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(200);
    await agent.start();
    await runs(agent, "1.0.0");
    expect((await agent.state()).record.pid).toBe(pid);
    await until("its record is back", async () => (await record("leaves"))?.pid === pid);
  });

  it("who signs off while a change is waited for is `left` in the receipt", async () => {
    const stays = await pinned("left", { releases: { "1.0.0": "good.js", "2.0.0": "good.js" } });
    await registered(consul, "left", "2.0.0");
    const goes = await start("left", { instance: "left-2", releases: { "1.0.0": "good.js", "2.0.0": "never-ready.js" } });
    await runs(goes, "1.0.0");
    const waiting = rollpin(["pin", "left", "2.0.0", "--yes", "-o", "json"], { consul: consul.address });
    await until("it is at it", async () => (await goes.state()).record.reason?.code === "applying");
    expect(await goes.stop()).toBe(0);
    const ran = await waiting;
    const { receipt } = JSON.parse(ran.stdout) as { receipt: { services: readonly [{ instances: Record<string, { standing: string }> }] } };
    expect(receipt.services[0].instances).toMatchObject({ "left-1": { standing: "applied" }, "left-2": { standing: "left" } });
    expect(ran.code).toBe(0);
    await runs(stays, "2.0.0");
  });

  it("onAgentExit: stop stops the process and leaves the catalog", async () => {
    const agent = await pinned("stops", { yaml: processYaml("      onAgentExit: stop\n") });
    const { pid } = (await agent.state()).record;
    expect(await agent.stop()).toBe(0);
    expect(() => process.kill(pid ?? 0, 0)).toThrow("ESRCH");
    expect(await shown("stops")).toEqual([]);
    expect(await record("stops")).toBeUndefined();
  });
});

describe("a second agent", () => {
  it("on the same state folder is refused", async () => {
    const agent = await pinned("same-folder");
    const second = await rollpin(["agent", "-c", fileOf(agent)], { consul: consul.address });
    expect(second.code).toBe(2);
    expect(second.stderr).toMatch(new RegExp(`another agent \\(pid ${agent.pid()}\\) uses .*rollpin-state; stop it`));
    await runs(agent, "1.0.0");
  });

  it("under the same instance name says so, starts nothing, and takes nothing over; when the first leaves it comes in", async () => {
    const first = await pinned("same-name");
    const { pid, port } = (await first.state()).record;
    const second = await start("same-name");
    await until("it holds", async () => {
      const { reason, status } = (await second.state()).record;
      return status === "held" && reason?.code === "name-taken";
    });
    expect((await second.state()).record.reason?.message).toMatch(/another agent.*same-name-1.*"instance"/);
    expect((await logged(second, "status")).join("\n")).toMatch(/another agent/);
    await run(0, "restart", "same-name", "--yes");
    await runs(first, "1.0.0");
    const now = (await first.state()).record;
    expect(now.pid).not.toBe(pid);
    expect(await record("same-name")).toMatchObject({ pid: now.pid, port: now.port });
    expect((await shown("same-name")).map(({ ServicePort }) => ServicePort)).toEqual([now.port]);
    expect((await second.state()).record).toMatchObject({ status: "held" });
    expect((await second.state()).record.pid).toBeUndefined();
    expect(port).toBeDefined();
    await first.stop();
    await runs(second, "1.0.0");
    expect((await shown("same-name")).map(({ ServicePort }) => ServicePort)).toEqual([(await second.state()).record.port]);
  });
});
