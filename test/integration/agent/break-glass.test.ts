import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Ran, type TestAgent } from "../../support/rollpin.ts";
import { until } from "../../support/until.ts";
import { ownConsul } from "../stories/own-consul.ts";
import { expectExit, flat, processYaml, registered, runs } from "../stories/story.ts";

const PATIENCE = { deadlineMs: 60_000 };
const LIMIT = 240_000;
const RELEASES = { "1.0.0": "good.js", "2.0.0": "good.js", "3.0.0": "good.js", "9.0.0": "exits-at-once.js" };

const { consul, start } = await ownConsul({ persistent: true });

const started = (service: string): Promise<TestAgent> => start({ service, releases: RELEASES, yaml: processYaml() });

function onHost(code: number, agent: TestAgent, ...words: readonly string[]): Promise<Ran> {
  return expectExit(code, ["agent", ...words, "-c", join(agent.folder, "rollpin.yaml")], { consul: consul.address });
}

async function answers(agent: TestAgent): Promise<string> {
  const { port } = (await agent.state()).record;
  return (await (await fetch(`http://127.0.0.1:${port}/`)).text()).trim();
}

async function answersAs(agent: TestAgent, version: string): Promise<void> {
  await until(`${agent.instance} answers as ${version}`, async () => (await answers(agent)) === version, PATIENCE);
}

async function isHeldLocally(agent: TestAgent, version: string): Promise<void> {
  await until(`${agent.instance} is held to ${version} by a local pin`, async () => {
    const { localPin, record } = await agent.state();
    return localPin?.version === version && record.version === version && record.status === "held" && record.reason?.code === "local-pin";
  }, PATIENCE);
}

const pidOf = async (agent: TestAgent): Promise<number | undefined> => (await agent.state()).record.pid;
const hasPinFile = (agent: TestAgent): boolean => existsSync(join(agent.folder, "rollpin-state", "local-pin.json"));

describe("break glass", () => {
  it("a local pin runs while Consul is gone, outlives the agent, and isn't undone by the bad pin that Consul comes back with", { timeout: LIMIT }, async () => {
    const agent = await started("burning");
    await registered(consul, "burning", ...Object.keys(RELEASES));
    await expectExit(0, ["pin", "burning", "2.0.0", "--yes"], { consul: consul.address });
    await runs(agent, "2.0.0");
    const known = (await agent.state()).record.port;
    await consul.kill();
    await until("the agent knows", async () => !(await agent.state()).consul.connected, PATIENCE);

    await onHost(2, agent, "pin", "1.0.0");
    await onHost(2, agent, "pin", "../1.0.0", "--local");
    const misspelt = await onHost(2, agent, "pin", "none", "--local", "-o", "json");
    expect(JSON.parse(misspelt.stderr)).toMatchObject({ kind: "error", error: { code: "usage", exit: 2 } });
    const absent = await onHost(3, agent, "pin", "7.0.0", "--local");
    expect(absent).toMatchObject({ stdout: "", stderr: expect.stringContaining("no artifact") as string });
    expect(hasPinFile(agent)).toBe(false);

    const pinned = await onHost(0, agent, "pin", "1.0.0", "--local", "--reason", "2.0.0 loses orders");
    expect(flat(pinned.stdout)).toContain("in place of 2.0.0");
    expect(await answers(agent)).toBe("1.0.0");
    await isHeldLocally(agent, "1.0.0");
    const { pid, port } = (await agent.state()).record;
    expect(port).toBe(known);

    const failed = await onHost(5, agent, "pin", "9.0.0", "--local", "-o", "json");
    expect(JSON.parse(failed.stdout)).toMatchObject({ kind: "local-pin", version: "9.0.0", outcome: "failed", message: expect.stringContaining("taken back") as string });
    await isHeldLocally(agent, "1.0.0");
    expect(await pidOf(agent)).toBe(pid);

    await agent.kill();
    await agent.start();
    await isHeldLocally(agent, "1.0.0");
    expect(await pidOf(agent)).toBe(pid);
    await agent.kill();
    if (pid !== undefined) process.kill(pid, "SIGKILL");
    await agent.start();
    await isHeldLocally(agent, "1.0.0");
    await answersAs(agent, "1.0.0");
    const next = await pidOf(agent);

    await consul.restart();
    await until("Consul has its word", async () => ((await consul.kv.get("rollpin/instances/burning/burning-1"))?.toString() ?? "").includes('"local-pin"'), PATIENCE);
    await until("it follows Consul again", async () => (await agent.state()).consul.connected && (await agent.state()).headRevision !== undefined, PATIENCE);
    await isHeldLocally(agent, "1.0.0");
    expect(await pidOf(agent)).toBe(next);
    const status = await expectExit(0, ["status", "burning"], { consul: consul.address });
    expect(flat(status.stdout)).toContain("2.0.0 loses orders");

    await expectExit(0, ["rollback", "burning", "--to", "3.0.0", "--yes"], { consul: consul.address });
    await runs(agent, "3.0.0");
    expect(await answers(agent)).toBe("3.0.0");
    await until("the file is gone", () => !hasPinFile(agent));
    expect((await agent.state()).localPin).toBeUndefined();
  });

  it("ends in sync where Consul is told the same, and by unpin", { timeout: LIMIT }, async () => {
    const agent = await started("smoking");
    await registered(consul, "smoking", ...Object.keys(RELEASES));
    await expectExit(0, ["pin", "smoking", "2.0.0", "--yes"], { consul: consul.address });
    await onHost(0, agent, "pin", "1.0.0", "--local");
    await isHeldLocally(agent, "1.0.0");
    const pid = await pidOf(agent);
    await expectExit(0, ["pin", "smoking", "1.0.0", "--yes"], { consul: consul.address });
    await runs(agent, "1.0.0");
    expect(await pidOf(agent)).toBe(pid);
    await until("the file is gone", () => !hasPinFile(agent));

    await onHost(0, agent, "pin", "3.0.0", "--local");
    await isHeldLocally(agent, "3.0.0");
    await onHost(0, agent, "unpin", "--local");
    await runs(agent, "1.0.0");
    const nothing = await onHost(0, agent, "unpin", "--local", "-o", "json");
    expect(JSON.parse(nothing.stdout)).toMatchObject({ kind: "local-pin", verb: "unpin", outcome: "absent" });
  });

  it("works where nothing was ever known, and is said to an agent that is down for its next start", { timeout: LIMIT }, async () => {
    const nowhere = await start({ consul: "127.0.0.1:9", service: "lonely", releases: RELEASES, yaml: processYaml() });
    await onHost(0, nowhere, "pin", "1.0.0", "--local");
    await answersAs(nowhere, "1.0.0");
    await nowhere.stop();
    const said = await onHost(5, nowhere, "pin", "2.0.0", "--local");
    expect(said.stderr).toContain("When it is started");
    await nowhere.start();
    await isHeldLocally(nowhere, "2.0.0");
    expect(await answers(nowhere)).toBe("2.0.0");
  });
});
