import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../../core/clock.ts";
import { type ConsulServer, startConsul } from "../../support/consul-server.ts";
import { type TestAgent, startAgent } from "../../support/rollpin.ts";
import { until } from "../../support/until.ts";
import { expectExit, flat, processYaml, registered, runs } from "./story.ts";

const LIMIT = 180_000;
const SERVICE = "till";

let consul: ConsulServer;
let folder: string;
const endings: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  consul = await startConsul();
  folder = await mkdtemp(join(tmpdir(), "rp-"));
});
afterAll(async () => {
  for (const end of endings.toReversed()) await end();
  await consul.stop();
  await rm(folder, { recursive: true, force: true });
});

interface Foreign {
  readonly id: string;
  readonly pid: number | undefined;
}

/** A process that nobody of rollpin started, registered by hand. */
async function startForeign(service: string, id: string, version: string): Promise<Foreign> {
  const script = join(folder, `${id}.mjs`);
  await writeFile(script, `import { createServer } from "node:http";\nconst server = createServer((_, answer) => answer.end("${version}\\n"));\nserver.listen(0, "127.0.0.1", () => process.send?.(server.address().port));\n`);
  const child: ChildProcess = spawn(process.execPath, [script], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  endings.push(async () => child.kill("SIGKILL"));
  const port = await new Promise<number>((resolve) => child.once("message", (told) => resolve(told as number)));
  const body = JSON.stringify({ ID: id, Name: service, Address: "127.0.0.1", Port: port, Tags: ["edge", `v${version}`], Meta: { version, owner: "ops" } });
  await consul.http.ask("/v1/agent/service/register", { method: "PUT", body });
  return { id, pid: child.pid };
}

/** As the catalog has it, byte for byte but for the checks' own times. */
async function registrationOf(id: string): Promise<string> {
  return (await consul.http.ask(`/v1/agent/service/${id}`)).body.toString();
}

describe("day one", () => {
  it("adopts what runs, observes it, reports drift, and never touches what is someone else's", { timeout: LIMIT }, async () => {
    const foreign = await Promise.all([1, 2].map((n) => startForeign(SERVICE, `${SERVICE}-${n}`, "1.0.0")));
    await until("both pass", async () => ((JSON.parse((await consul.http.ask(`/v1/health/service/${SERVICE}?passing`)).body.toString()) as readonly unknown[]).length === 2 ? true : undefined));
    const before = await Promise.all(foreign.map(({ id }) => registrationOf(id)));
    const options = { consul: consul.address };

    await expectExit(0, ["adopt", SERVICE, "--dry-run"], options);
    expect(await consul.kv.list("rollpin/")).toEqual([]);
    const adopted = await expectExit(0, ["adopt", SERVICE, "--yes"], options);
    expect(flat(adopted.stdout)).toContain(`the 2 registrations of ${SERVICE} in Consul's catalog are as they were`);
    expect((await consul.kv.get(`rollpin/desired/${SERVICE}/pin`))?.toString()).toBe("1.0.0");
    expect((await expectExit(0, ["adopt", SERVICE, "--version-tag", "v{{version}}", "--yes"], options)).stdout).toContain("nothing to change");

    const yaml = "actuator: observe\nregister: {}\nobserve: { interval: 100ms, version: { meta: version } }\n";
    const agents = await Promise.all(foreign.map(({ id }) => startAgent({ consul: consul.address, service: SERVICE, instance: id, releases: { "1.0.0": "good.js", "2.0.0": "good.js" }, yaml })));
    for (const agent of agents) endings.push(() => agent.remove());
    await Promise.all(agents.map((agent) => runs(agent, "1.0.0")));

    await registered(consul, SERVICE, "2.0.0");
    const pinned = await expectExit(5, ["pin", SERVICE, "2.0.0", "--yes"], options);
    expect(flat(pinned.stdout)).toContain("runs 1.0.0, pinned is 2.0.0; the service is only observed");
    await expectExit(0, ["rollback", SERVICE, "--yes"], options);
    await Promise.all(agents.map((agent) => runs(agent, "1.0.0")));
    await expectExit(0, ["eject", SERVICE, "--yes"], options);
    for (const agent of agents) expect(await agent.stop()).toBe(0);

    expect(await Promise.all(foreign.map(({ id }) => registrationOf(id)))).toEqual(before);
    for (const { pid } of foreign) expect(() => process.kill(pid ?? -1, 0)).not.toThrow();
  });

  it("enforce, observe, eject and back: the process is never restarted, and no request fails", { timeout: LIMIT }, async () => {
    const agent = await supervised("bar");
    const options = { consul: consul.address };
    const { pid, port } = (await agent.state()).record;
    const load = startLoad(port);
    for (const verb of ["observe", "enforce", "eject"]) await expectExit(0, [verb, "bar", "--yes"], options);
    await until("it has let go", async () => (await agent.state()).record.reason?.code === "ejected");
    // Nobody looks after it now, not even the next agent.
    await agent.kill();
    await agent.start();
    await until("the next one keeps off", async () => (await agent.state()).record.reason?.code === "ejected");
    expect(await registrationOf("bar-1")).toContain(`"Port": ${port}`);
    const status = await expectExit(0, ["status", "bar"], options);
    expect(flat(status.stdout)).toContain("ejected: no agent looks after it");

    await expectExit(0, ["enforce", "bar", "--yes"], options);
    await runs(agent, "1.0.0");
    expect((await agent.state()).record.pid).toBe(pid);
    const { failed, requests } = await load.end();
    console.log(`= ${requests} requests through observe, enforce, eject, a killed agent and enforce: ${failed} failed`);
    expect(requests).toBeGreaterThan(20);
    expect(failed).toBe(0);
    await expectExit(0, ["pin", "bar", "2.0.0", "--yes"], options);
    await runs(agent, "2.0.0");
    await expectExit(0, ["observe", "bar", "--yes"], options);
    await expectExit(0, ["undo", "bar", "--yes"], options);
    await expectExit(0, ["rollback", "bar", "--yes"], options);
    await runs(agent, "1.0.0");
  });
});

async function supervised(service: string): Promise<TestAgent> {
  const agent = await startAgent({ consul: consul.address, service, releases: { "1.0.0": "good.js", "2.0.0": "good.js" }, yaml: processYaml() });
  endings.push(() => agent.remove());
  await registered(consul, service, "1.0.0", "2.0.0");
  await expectExit(0, ["pin", service, "1.0.0", "--yes"], { consul: consul.address });
  await runs(agent, "1.0.0");
  return agent;
}

/** One request after the other, until it is ended. */
function startLoad(port: number | undefined): { end(): Promise<{ readonly requests: number; readonly failed: number }> } {
  const over = new AbortController();
  let requests = 0;
  let failed = 0;
  const running = (async () => {
    for (; !over.signal.aborted; requests += 1) {
      const answer = await fetch(`http://127.0.0.1:${port}/`).then((one) => one.ok, () => false);
      if (!answer) failed += 1;
      await systemClock.sleep(20);
    }
  })();
  return {
    async end() {
      over.abort();
      await running;
      return { requests, failed };
    },
  };
}
