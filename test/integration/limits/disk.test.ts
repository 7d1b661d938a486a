/** A disk that is full or read-only: what runs goes on running, nothing is done by halves, and all heals when there is room again. */
import { existsSync } from "node:fs";
import { readFile, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readLastKnownGood } from "../../../agent/files/last-known-good.ts";
import { freePorts } from "../../../core/free-ports.ts";
import { type ConsulServer, startConsul } from "../../support/consul-server.ts";
import { type Host, createHost } from "../../support/host/host.ts";
import { type AgentOptions, type TestAgent, startAgent } from "../../support/rollpin.ts";
import { pidOf } from "../../support/pid-of.ts";
import { until } from "../../support/until.ts";
import { expectExit, flat, processYaml, registered } from "../stories/story.ts";

const PATIENCE = { deadlineMs: 60_000 };
const LIMIT = { timeout: 240_000 };
const RELEASES = { "1.0.0": "good.js", "2.0.0": "good.js", "3.0.0": "good.js" };

let consul: ConsulServer;
const hosts = new Map<TestAgent, Host>();
beforeAll(async () => {
  consul = await startConsul();
});
afterAll(async () => {
  await Promise.all([...hosts].map(async ([agent, host]) => {
    await agent.remove();
    await host.remove();
  }));
  await consul.stop();
});

async function started(service: string, more: Partial<AgentOptions>): Promise<TestAgent> {
  const host = await createHost();
  const agent = await startAgent({ consul: consul.address, service, releases: RELEASES, environment: host.environment, ...more });
  hosts.set(agent, host);
  await registered(consul, service, ...Object.keys(RELEASES));
  await pin(service, "1.0.0", 0);
  return agent;
}

async function pin(service: string, version: string, code: number): Promise<string> {
  const { stderr, stdout } = await expectExit(code, ["pin", service, version, "--yes"], { consul: consul.address });
  return flat(stdout + stderr);
}

async function breakDisk(agent: TestAgent, refusal: "ENOSPC" | "EROFS" | undefined): Promise<void> {
  await hosts.get(agent)?.breakDisk(refusal);
}

/** Where the file names a port, the record doesn't. */
const fixedPorts = new Map<TestAgent, number>();

async function answer(agent: TestAgent): Promise<string> {
  const port = fixedPorts.get(agent) ?? (await agent.state()).record.port;
  return (await (await fetch(`http://127.0.0.1:${port}/`)).text()).trim();
}

async function isInSync(agent: TestAgent, version: string): Promise<void> {
  await until(`${agent.instance} is in sync with ${version}`, async () => {
    const { record } = await agent.state();
    return record.status === "in-sync" && record.version === version && (await answer(agent)) === version;
  }, PATIENCE);
}

/** Between two tries; a try that takes long says so. */
async function isHeld(agent: TestAgent, as: object): Promise<void> {
  const held = await until(`${agent.instance} is held`, async () => {
    const { record } = await agent.state();
    return record.status === "held" && record;
  }, PATIENCE);
  expect(held).toMatchObject(as);
}

const triedInVain = async (agent: TestAgent): Promise<number> => (await agent.state()).counters["applies{unwritable}"] ?? 0;

test("full: a switch is held whole, named once, and made when there is room", LIMIT, async () => {
  const service = "full";
  const files = { "conf.liquid": "version {{ version }}\n" };
  const agent = await started(service, { files, yaml: `${processYaml()}  - template: { source: conf.liquid, target: conf.out }\n` });
  const { pid } = (await agent.state()).record;
  const target = await readFile(join(agent.folder, "conf.out"), "utf8");

  await breakDisk(agent, "ENOSPC");
  expect(await pin(service, "2.0.0", 5)).toContain("ENOSPC: no space left on device");
  await until("it was tried again", async () => (await triedInVain(agent)) >= 2, PATIENCE);
  await isHeld(agent, { version: "1.0.0", pid, reason: { code: "process-unwritable", message: expect.stringContaining(agent.folder) as string } });
  expect(await answer(agent)).toBe("1.0.0");
  expect(await readFile(join(agent.folder, "conf.out"), "utf8")).toBe(target);
  expect((await agent.state()).counters["disk_faults"]).toBeGreaterThan(0);
  const said = (await agent.log()).split("\n").filter((line) => line.includes("ENOSPC"));
  expect(said.length, said.join("\n")).toBeLessThanOrEqual(3);

  await breakDisk(agent, undefined);
  await isInSync(agent, "2.0.0");
  expect(await readFile(join(agent.folder, "conf.out"), "utf8")).toContain("2.0.0");
  await until("it is on disk", async () => {
    const known = await readLastKnownGood(join(agent.folder, "rollpin-state"));
    return known.ok && known.value?.state.pins["stable"] === "2.0.0";
  }, PATIENCE);
});

test("read-only: where both can't run at once the old one isn't stopped, a crash is answered, and the next agent finds what runs", LIMIT, async () => {
  const service = "sealed";
  const [port = 0] = await freePorts(1);
  const yaml = processYaml(`      port: ${port}\n      environment: { PORT: "${port}" }\n`, '[node, "./releases/{{version}}/server.js"]');
  const agent = await started(service, { yaml });
  fixedPorts.set(agent, port);
  const pid = pidOf((await agent.state()).record);

  await breakDisk(agent, "EROFS");
  expect(await pin(service, "2.0.0", 5)).toContain("EROFS: read-only file system");
  await isHeld(agent, { version: "1.0.0", pid });
  expect(await answer(agent)).toBe("1.0.0");

  process.kill(pid, "SIGKILL");
  await until("the old version serves again", async () => (await agent.state()).record.pid !== pid && (await answer(agent)) === "1.0.0", PATIENCE);

  await breakDisk(agent, undefined);
  await isInSync(agent, "2.0.0");
  const serving = (await agent.state()).record.pid;
  await agent.kill();
  await agent.start();
  await isInSync(agent, "2.0.0");
  expect((await agent.state()).record.pid).toBe(serving);
});

test.skipIf(!existsSync("/dev/full"))("an agent whose log can't be written lives, and switches", LIMIT, async () => {
  const service = "mute";
  const agent = await started(service, { yaml: processYaml() });
  await agent.stop();
  await rm(join(agent.folder, "agent.log"));
  await symlink("/dev/full", join(agent.folder, "agent.log"));
  await agent.start();
  await isInSync(agent, "1.0.0");
  const { pid } = (await agent.state()).record;
  await pin(service, "2.0.0", 0);
  await isInSync(agent, "2.0.0");
  expect((await agent.state()).record.pid).not.toBe(pid);
});
