import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { freePorts } from "../../../core/free-ports.ts";
import { type ConsulServer, startConsul } from "../../support/consul-server.ts";
import { type Ran, type TestAgent, pidsUnder, startAgent, withEnvironment } from "../../support/rollpin.ts";
import { until } from "../../support/until.ts";
import { startClient } from "./client.ts";
import { expectExit, flat, processYaml, registered, runs } from "./story.ts";

let consul: ConsulServer;
let agent: TestAgent;

beforeAll(async () => {
  consul = await startConsul();
});
afterEach(() => agent.remove());
afterAll(() => consul.stop());

const run = (code: number, ...words: string[]): Promise<Ran> => expectExit(code, words, { consul: consul.address });

/** An instance at 1.0.0, with 2.0.0 beside it. */
async function atOne(service: string, releases: Readonly<Record<string, string>>, yaml: string): Promise<void> {
  agent = await startAgent({ consul: consul.address, service, releases, yaml });
  await registered(consul, service, ...Object.keys(releases));
  await run(0, "pin", service, "1.0.0", "--yes");
}

/** The agent and one process of the service. */
async function hasNoOrphan(): Promise<void> {
  const { pid } = (await agent.state()).record;
  await until("only the agent and the service's process are left", async () => {
    const pids = await pidsUnder(agent.folder);
    return pids.length === 2 && pids.includes(pid ?? -1) && pids.includes(agent.pid());
  });
}

interface Bad {
  readonly name: string;
  readonly program: string;
  /** In the receipt, an operator reads this. */
  readonly says: string;
  readonly settings?: string;
}

const BAD: readonly Bad[] = [
  { name: "never-ready", program: "never-ready.js", says: "waiting for a database that never comes", settings: "      readyTimeout: 1200ms\n" },
  { name: "dies-later", program: withEnvironment("dies-later.js", { DIES_AFTER_MS: "400" }), says: "fatal: out of luck", settings: "      settle: 1500ms\n" },
  { name: "exits-at-once", program: "exits-at-once.js", says: "exited with code 7" },
  { name: "stranger-on-port", program: "stranger-on-port.js", says: "held by a process that isn't the service's", settings: "      readyTimeout: 3s\n" },
  { name: "wrong-port", program: "wrong-port.js", says: "nothing listens on port", settings: "      readyTimeout: 1200ms\n" },
];

/** The settings replace those of the same name. */
function withSettings(settings = "", command?: string): string {
  const name = settings.trim().split(":")[0] ?? "";
  const lines = processYaml("", command).split("\n").filter((line) => name === "" || !line.trim().startsWith(`${name}:`));
  return `${lines.join("\n")}${settings}`;
}

/** How each of them fails is tried on the process by itself; `npm run prove -- releases` tells the whole story of all. */
const TOLD = process.env["ROLLPIN_NASTY"] === "all" ? BAD : BAD.filter(({ name }) => ["dies-later", "stranger-on-port"].includes(name));

describe("a release that doesn't come up, beside the old one", () => {
  it.each(TOLD)("$name: exit 5 with the reason, clients notice nothing, no orphan, and a rollback is in sync", async ({ name, program, says, settings }) => {
    await atOne(name, { "1.0.0": "good.js", "2.0.0": program }, withSettings(settings));
    const { pid } = (await agent.state()).record;
    const client = startClient(consul, name);
    const pinned = await run(5, "pin", name, "2.0.0", "--yes");
    expect(flat(pinned.stdout)).toContain("0/1 applied");
    expect(flat(pinned.stdout)).toContain(says);
    expect(pinned.stdout).not.toContain("\u001b");
    // What the process printed stands on lines of its own, and what to do after it.
    expect(pinned.stdout).not.toContain("\\n");
    expect(flat(pinned.stdout)).toContain(`(try 1 of 1; no more follow: \`rollpin rollback ${name}\` goes back`);
    expect((await agent.state()).record).toMatchObject({ status: "stalled", version: "1.0.0", pid });
    expect(flat((await run(0, "status", name)).stdout)).toContain(says);
    await hasNoOrphan();
    const back = await run(0, "rollback", name, "--yes");
    expect(flat(back.stdout)).toContain("1/1 applied");
    expect((await agent.state()).record).toMatchObject({ status: "in-sync", version: "1.0.0", pid });
    const { answers, failures } = await client.end();
    expect(failures).toEqual([]);
    expect(Object.keys(answers)).toEqual(["1.0.0"]);
    expect(answers["1.0.0"]).toBeGreaterThan(20);
  });
});

describe("a release that comes up and is nasty all the same", () => {
  it.each(["grandchild-holds-port", "ignores-sigterm", "prints-a-gigabyte"])("%s: can be left with a rollback, without a failed request or an orphan", async (name) => {
    await atOne(name, { "1.0.0": "good.js", "2.0.0": `${name}.js` }, processYaml("      outputBytes: 1048576\n"));
    const client = startClient(consul, name);
    await run(0, "pin", name, "2.0.0", "--yes");
    await runs(agent, "2.0.0");
    await run(0, "rollback", name, "--yes");
    await runs(agent, "1.0.0");
    await hasNoOrphan();
    const { answers, failures } = await client.end();
    expect(failures).toEqual([]);
    expect(answers["1.0.0"]).toBeGreaterThan(0);
  });
});

describe("a service that can't run twice at once", () => {
  const inPlace = async (settings = ""): Promise<string> => {
    const [port = 0] = await freePorts(1);
    return withSettings(settings, `[node, "./releases/{{version}}/server.js"]\n      port: ${port}\n      environment: { PORT: "${port}" }`);
  };

  it("stops, starts, and goes back", async () => {
    await atOne("in-turn", { "1.0.0": "good.js", "2.0.0": "good.js" }, await inPlace());
    const first = (await agent.state()).record;
    await run(0, "pin", "in-turn", "2.0.0", "--yes");
    await runs(agent, "2.0.0");
    const second = (await agent.state()).record;
    expect(second.port).toBe(first.port);
    expect(second.pid).not.toBe(first.pid);
    await run(0, "rollback", "in-turn", "--yes");
    await runs(agent, "1.0.0");
    await hasNoOrphan();
  });

  it.each(TOLD.filter(({ name }) => ["dies-later", "never-ready", "exits-at-once"].includes(name)))("$name: the old version is started again", async ({ name, program, says, settings }) => {
    const service = `in-turn-${name}`;
    await atOne(service, { "1.0.0": "good.js", "2.0.0": program }, await inPlace(settings));
    const pinned = await run(5, "pin", service, "2.0.0", "--yes");
    expect(flat(pinned.stdout)).toContain(says);
    const { record } = await agent.state();
    expect(record).toMatchObject({ status: "stalled", version: "1.0.0" });
    const answer = await fetch(`http://127.0.0.1:${record.port}/`);
    expect((await answer.text()).trim()).toBe("1.0.0");
    await run(0, "rollback", service, "--yes");
    await runs(agent, "1.0.0");
    await hasNoOrphan();
  });
});
