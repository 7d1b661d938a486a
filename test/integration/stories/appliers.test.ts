import { chmod, readFile, rm, stat, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type ConsulServer, startConsul } from "../../support/consul-server.ts";
import { type Ran, type TestAgent, pidsUnder, startAgent } from "../../support/rollpin.ts";
import { until } from "../../support/until.ts";
import { expectExit, flat, registered, runs } from "./story.ts";

let consul: ConsulServer;
let agent: TestAgent;

beforeAll(async () => {
  consul = await startConsul();
});
afterEach(() => agent.remove());
afterAll(() => consul.stop());

const run = (code: number, ...words: string[]): Promise<Ran> => expectExit(code, words, { consul: consul.address });

/** A release that says in order.log when it starts. */
const says = (program: string): string =>
  `import { appendFileSync } from "node:fs";\nappendFileSync("order.log", \`process \${process.env.ROLLPIN_VERSION}\\n\`);\nawait import(${JSON.stringify(fileURLToPath(new URL(`../../support/services/${program}`, import.meta.url)))});\n`;

const YAML = `tries: 1
appliers:
  - template:
      source: conf.liquid
      target: conf.out
      check: [sh, -c, '! grep -q forbidden "$0"', "{{candidate}}"]
      reload: [sh, -c, 'sed "s/^/reload with /" conf.out >> order.log']
  - exec:
      command: [sh, -c, 'echo "exec $ROLLPIN_FROM_VERSION to $ROLLPIN_VERSION" >> order.log']
      undo: [sh, -c, 'echo "undo $ROLLPIN_FROM_VERSION to $ROLLPIN_VERSION" >> order.log']
  - process:
      command: [node, "./releases/{{version}}/server.js", "{{port}}"]
      readyTimeout: 1500ms
      drain: 50ms
      stopGrace: 500ms
`;
const TEMPLATE = "{{ version }}{% if config %} and {{ config }}{% endif %}\n";

const inFolder = (name: string): string => join(agent.folder, name);
const target = (): Promise<string> => readFile(inFolder("conf.out"), "utf8");

/** What happened since it was asked last, in order. */
async function happened(): Promise<readonly string[]> {
  const text = await readFile(inFolder("order.log"), "utf8").catch(() => "");
  await rm(inFolder("order.log"), { force: true });
  return text.split("\n").filter((line) => line !== "");
}

async function threeAppliers(service: string): Promise<void> {
  agent = await startAgent({ consul: consul.address, service, yaml: YAML, files: { "conf.liquid": TEMPLATE }, releases: { "1.0.0": says("good.js"), "2.0.0": says("good.js"), "3.0.0": says("never-ready.js") } });
  await registered(consul, service, "1.0.0", "2.0.0", "3.0.0");
  await run(0, "pin", service, "1.0.0", "--yes");
}

describe("a template, a command and a process", () => {
  it("are applied in the file's order, and undone in reverse when the last one fails", async () => {
    await threeAppliers("in-order");
    expect(await happened()).toEqual(["reload with 1.0.0", "exec  to 1.0.0", "process 1.0.0"]);
    await run(0, "pin", "in-order", "2.0.0", "--yes");
    expect(await happened()).toEqual(["reload with 2.0.0", "exec 1.0.0 to 2.0.0", "process 2.0.0"]);
    const { pid } = (await agent.state()).record;

    const failed = await run(5, "pin", "in-order", "3.0.0", "--yes");
    expect(flat(failed.stdout)).toContain("waiting for a database that never comes");
    expect(await happened()).toEqual(["reload with 3.0.0", "exec 2.0.0 to 3.0.0", "process 3.0.0", "undo 3.0.0 to 2.0.0", "reload with 2.0.0"]);
    expect(await target()).toBe("2.0.0\n");
    expect((await agent.state()).record).toMatchObject({ status: "stalled", version: "2.0.0", pid });

    await run(0, "rollback", "in-order", "--yes");
    expect((await agent.state()).record).toMatchObject({ status: "in-sync", version: "2.0.0", pid });
    expect(await happened()).toEqual([]);
  });

  it("a config change renders and reloads; one that the check command refuses touches nothing", async () => {
    await threeAppliers("rendered");
    const { pid } = (await agent.state()).record;
    await chmod(inFolder("conf.out"), 0o604);
    await happened();
    await run(0, "config", "set", "rendered", "--text", "timeout 1s", "--yes");
    expect(await happened()).toEqual(["reload with 1.0.0 and timeout 1s", "exec 1.0.0 to 1.0.0"]);
    expect((await stat(inFolder("conf.out"))).mode & 0o777).toBe(0o604);
    const refused = await run(5, "config", "set", "rendered", "--text", "forbidden", "--yes");
    expect(flat(refused.stdout)).toMatch(/conf\.out.*check command does not accept/);
    expect(await happened()).toEqual([]);
    expect(await target()).toBe("1.0.0 and timeout 1s\n");
    await run(0, "rollback", "rendered", "--only", "config", "--yes");
    expect((await agent.state()).record).toMatchObject({ status: "in-sync", pid });
  });

  it("a file that a hand edited is put right, at the latest when SIGHUP asks for a look", async () => {
    await threeAppliers("edited");
    const { pid } = (await agent.state()).record;
    await writeFile(inFolder("conf.out"), "something else\n");
    agent.reload();
    await until("the file is as its template says", async () => (await target()) === "1.0.0\n");
    await runs(agent, "1.0.0");
    expect((await agent.state()).record.pid).toBe(pid);
  });
});

describe("local HTTP of the built program", () => {
  it("tells figures of what happened, health and readiness", async () => {
    await threeAppliers("figures");
    const socketPath = inFolder("a.sock");
    const get = (path: string): Promise<{ readonly status: number | undefined; readonly text: string }> =>
      new Promise((resolve, reject) => {
        request({ socketPath, path, headers: { host: "localhost" } }, (response) => {
          let text = "";
          response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk)).on("end", () => resolve({ status: response.statusCode, text }));
        }).on("error", reject).end();
      });
    const metrics = await get("/metrics");
    expect(metrics.status).toBe(200);
    expect(metrics.text).toContain('rollpin_agent_in_sync{status="in-sync"} 1');
    expect(metrics.text).toContain('rollpin_agent_applies_total{outcome="applied"} 1');
    expect(await get("/healthz")).toMatchObject({ status: 200 });
    expect(await get("/readyz")).toMatchObject({ status: 200 });
    await run(5, "pin", "figures", "3.0.0", "--yes");
    const unready = await get("/readyz");
    expect(unready.status).toBe(503);
    expect(unready.text).toContain("figures/figures-1 is stalled");
    expect((await get("/metrics")).text).toContain('rollpin_agent_in_sync{status="stalled"} 1');
  });
});

describe("the actuator observe", () => {
  it("reports drift and its end, and never starts or stops anything", async () => {
    const service = "observed";
    agent = await startAgent({
      consul: consul.address,
      service,
      yaml: "actuator: observe\nobserve: { interval: 100ms, version: { file: version.txt } }\n",
      files: { "version.txt": "1.0.0\n" },
      releases: { "1.0.0": says("good.js"), "2.0.0": says("good.js") },
    });
    await registered(consul, service, "1.0.0", "2.0.0");
    await run(0, "pin", service, "1.0.0", "--yes");
    const ahead = await run(5, "pin", service, "2.0.0", "--yes");
    expect(flat(ahead.stdout)).toMatch(/drifted: runs 1\.0\.0, pinned is 2\.0\.0.*only observes/);
    await writeFile(inFolder("version.txt"), "2.0.0\n");
    await runs(agent, "2.0.0");
    await writeFile(inFolder("version.txt"), "1.0.0\n");
    await until("drifted", async () => (await agent.state()).record.status === "drifted");
    expect((await agent.state()).record).toMatchObject({ version: "1.0.0", reason: { code: "version" } });
    await until("status says so", async () => flat((await run(0, "status", service)).stdout).includes("runs 1.0.0, pinned is 2.0.0"));
    await rm(inFolder("version.txt"));
    await until("unobservable", async () => (await agent.state()).record.reason?.code === "unobservable");
    expect((await agent.state()).record.reason?.message).toContain("version.txt");
    await writeFile(inFolder("version.txt"), "2.0.0\n");
    await runs(agent, "2.0.0");
    expect(await pidsUnder(agent.folder)).toEqual([agent.pid()]);
    expect(await happened()).toEqual([]);
  });
});
