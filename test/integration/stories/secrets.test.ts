/** Secrets with unmistakable values are given to an agent and to what it runs; none of them may be found where others read. */
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { aclRulesOf, hclOf } from "../../../cli/doctor/acl-policy.ts";
import { type ConsulServer, startConsul } from "../../support/consul-server.ts";
import { type TestAgent, isGone, rollpin, startAgent } from "../../support/rollpin.ts";
import { until } from "../../support/until.ts";
import { registered, runs } from "./story.ts";

const SERVICE = "secretive";
const MARKS = {
  environmentToken: "mark-of-the-environment-token",
  basic: "mark-of-basic-auth",
  inherited: "mark-of-an-inherited-password",
  process: "mark-of-the-process-password",
  command: "mark-of-the-commands-api-key",
  localHttp: "mark-of-the-local-http-token",
  url: "mark-of-a-password-in-a-url",
  number: "4711004711",
};

let consul: ConsulServer;
let folder = "";
let agent: TestAgent | undefined;
/** Everything that somebody could read, by where it stood. */
const seen = new Map<string, string>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "rp-secrets-"));
  consul = await startConsul({ acl: true });
});
afterAll(async () => {
  await agent?.remove();
  await consul.stop();
  await rm(folder, { recursive: true, force: true });
});

async function run(words: readonly string[], token = consul.managementToken): Promise<number | null> {
  const { code, stderr, stdout } = await rollpin(words, { consul: consul.address, token, environment: { CONSUL_HTTP_AUTH: `ann:${MARKS.basic}` } });
  seen.set(`rollpin ${words.join(" ").replaceAll(MARKS.url, "…")} (${seen.size})`, stdout + stderr);
  return code;
}

/** Fails for 2.0.0 when it starts, and prints what it was given. */
const PRINTS_AND_DIES = 'console.error(JSON.stringify(process.env)); console.error(`login with ${process.env.DB_PASSWORD} failed`); process.exit(1);\n';
const YAML = `tries: 1
logLevel: debug
consul: { tokenFile: ./consul-token }
appliers:
  - process:
      command: [node, "./releases/{{version}}/server.js", "{{port}}"]
      readyTimeout: 20s
      crashes: 0
      drain: 50ms
      stopGrace: 1s
      environment: { DB_PASSWORD: ${MARKS.process} }
  - exec:
      command: [sh, -c, 'env >&2; echo "key $SHOP_API_KEY" >&2; test "$ROLLPIN_VERSION" != 3.0.0']
      environment: { SHOP_API_KEY: ${MARKS.command} }
`;

async function start(token: string, service = SERVICE, more = ""): Promise<TestAgent> {
  const policyless = { CONSUL_HTTP_TOKEN: MARKS.environmentToken, CONSUL_HTTP_AUTH: `ann:${MARKS.basic}`, INHERITED_PASSWORD: MARKS.inherited };
  const options = `--report-on-signal --report-signal=SIGQUIT --report-directory=${folder}${more}`;
  return startAgent({ consul: consul.address, service, releases: { "1.0.0": "good.js", "2.0.0": PRINTS_AND_DIES, "3.0.0": "good.js" }, yaml: YAML, files: { "consul-token": `${token}\n`, "http-token": MARKS.localHttp }, environment: { ...policyless, NODE_OPTIONS: options } });
}

async function stalls(one: TestAgent, version: string): Promise<void> {
  await until(`the change to ${version} is given up`, async () => {
    const { record } = await one.state();
    return record.status === "stalled" && record.reason?.message.includes("[redacted]") === true;
  }, { deadlineMs: 60_000 });
}

function ask(socketPath: string, path: string, token: string): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path, headers: { host: "localhost", authorization: `Bearer ${token}` }, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk)).on("end", () => resolve({ status: response.statusCode ?? 0, text }));
    });
    asked.on("error", reject);
    asked.end();
  });
}

/** What stands in the files under `path`. The agent lives and writes: where a file is renamed between listing and reading, all are listed again. */
async function gatherFiles(path: string, into = seen): Promise<void> {
  await until("all files that were listed can be read", async () => {
    try {
      for (const entry of await readdir(path, { withFileTypes: true, recursive: true })) {
        // What the service itself prints is its own: a file for its owner alone.
        if (entry.isFile() && !entry.parentPath.endsWith("/output")) into.set(join(entry.parentPath, entry.name), await readFile(join(entry.parentPath, entry.name), "latin1"));
      }
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      return false;
    }
  });
}

it("nothing that others read has a secret in it", { timeout: 240_000 }, async () => {
  const node = await consul.nodeName();
  const token = await consul.createToken(hclOf(aclRulesOf("agent", { prefix: "rollpin", service: SERVICE, instance: `${SERVICE}-1`, node })));
  const one = await start(token);
  agent = one;
  const socket = join(one.folder, "a.sock");
  await registered(consul, SERVICE, "1.0.0", "2.0.0", "3.0.0");
  expect(await run(["pin", SERVICE, "1.0.0", "--yes"])).toBe(0);
  await runs(one, "1.0.0");
  for (const version of ["2.0.0", "3.0.0"]) {
    await run(["pin", SERVICE, version, "--yes", "--no-wait"]);
    await stalls(one, version);
    for (const words of [["status", SERVICE], ["status", SERVICE, "-o", "json"], ["history", SERVICE, "-o", "json"]]) await run(words);
    seen.set(`/v1/state at ${version}`, (await ask(socket, "/v1/state", "")).text);
    seen.set(`/metrics at ${version}`, (await ask(socket, "/metrics", "")).text);
  }
  process.kill(one.pid(), "SIGQUIT");
  await until("Node's report is written", async () => (await readdir(folder)).some((name) => name.endsWith(".json")), { deadlineMs: 60_000 });
  await spoilTheFile(one, socket, token);
  await until("the agent is denied", async () => (await one.log()).includes("ACL not found"), { deadlineMs: 120_000 });
  await run(["status", SERVICE], token);
  await run(["status", SERVICE, "-o", "json"], token);
  for (const format of ["table", "json"]) expect(await run(["status", "--consul-addr", `http://ann:${MARKS.url}@${consul.address}`, "-o", format])).toBe(2);
  seen.set("the agent's log", await one.log());
  await gatherFiles(join(one.folder, "rollpin-state"));
  for (const { key, value } of await consul.kv.list("")) seen.set(`KV ${key}`, value.toString());
  const marks = Object.entries({ ...MARKS, token });
  expect([...seen].flatMap(([where, text]) => marks.flatMap(([name, mark]) => (text.includes(mark) ? [`${name} in ${where}`] : [])))).toEqual([]);
  expect(seen.size).toBeGreaterThan(20);
  // Before Node 22.13 a report has the environment that the service is to inherit; what lets in to Consul is the agent's alone.
  const [report = ""] = await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name), "utf8")));
  expect(report.includes("INHERITED_PASSWORD")).toBe(!("excludeEnv" in process.report));
  for (const mark of [token, MARKS.environmentToken, MARKS.basic, MARKS.localHttp]) expect(report).not.toContain(mark);
});

it("a bug that nobody caught says nothing of them, on standard error, in a report or on disk", { timeout: 240_000 }, async () => {
  const service = "crashing";
  const token = await consul.createToken(hclOf(aclRulesOf("agent", { prefix: "rollpin", service })));
  const reports = join(folder, "crashes");
  await mkdir(reports);
  const one = await start(token, service, ` --report-uncaught-exception --report-directory=${reports} --import=${new URL("../../support/crashes.js", import.meta.url).href}`);
  try {
    await registered(consul, service, "1.0.0");
    expect(await run(["pin", service, "1.0.0", "--yes"])).toBe(0);
    const { pid } = (await one.state()).record;
    const { basic, command, environmentToken, inherited, process: given } = MARKS;
    for (const how of ["throw", "reject"]) {
      await writeFile(join(one.folder, "crash-with"), JSON.stringify({ how, secrets: [token, basic, command, environmentToken, inherited, given] }));
      const crashed = one.pid();
      process.kill(crashed, "SIGWINCH");
      await until("it has gone", () => isGone(crashed), { deadlineMs: 60_000 });
      await one.start();
    }
    await until("what ran goes on", async () => (await one.state()).record.pid === pid, { deadlineMs: 60_000 });
    const log = await one.log();
    expect(log.match(/"event":"crash"/g)).toHaveLength(2);
    expect(log).toContain("a bug, with [redacted] and [redacted]");
    const written = await readdir(reports);
    expect(written).toHaveLength(2);
    const found = new Map([["the log", log]]);
    for (const name of written) found.set(name, await readFile(join(reports, name), "utf8"));
    await gatherFiles(join(one.folder, "rollpin-state"), found);
    // On Node before 22.13 a report has the environment that the service inherits.
    const marks = Object.entries({ token, basic, command, environmentToken, given, ...("excludeEnv" in process.report ? { inherited } : {}) });
    expect([...found].flatMap(([where, text]) => marks.flatMap(([name, mark]) => (text.includes(mark) ? [`${name} in ${where}`] : [])))).toEqual([]);
  } finally {
    await one.remove();
  }
});

/** A file with secrets where they can't stand; then a good one that puts a token before the local HTTP, under a Consul token that is no more. */
async function spoilTheFile(one: TestAgent, socket: string, token: string): Promise<void> {
  const file = join(one.folder, "rollpin.yaml");
  const good = await readFile(file, "utf8");
  await writeFile(file, good.replace("tokenFile: ./consul-token", `token: ${MARKS.number}, address: "http://ann:${MARKS.url}@x"`));
  await until("the bad file is told", async () => (await one.log()).includes('"bad-file"'), { deadlineMs: 60_000 });
  const ran = await rollpin(["agent", "-c", file], { consul: consul.address });
  expect(ran.code).toBe(2);
  seen.set("an agent that doesn't start", ran.stdout + ran.stderr);
  await consul.revokeToken(token);
  await writeFile(file, good.replace(`unix:${socket}`, `{ address: "unix:${socket}", tokenFile: ./http-token }`));
  await until("the unsafe token file is told", async () => (await one.log()).includes("lets nobody in"), { deadlineMs: 60_000 });
  await until("it serves again, and nobody", async () => (await ask(socket, "/v1/state", MARKS.localHttp)).status === 503, { deadlineMs: 60_000 });
}

it("a socket that was handed over and that other machines reach is not served without a token", async () => {
  const handed = createServer();
  await new Promise<void>((resolve) => handed.listen(0, "0.0.0.0", resolve));
  const { fd } = (handed as unknown as { readonly _handle: { readonly fd: number } })._handle;
  const file = join(folder, "handed.yaml");
  await writeFile(file, 'service: handed\nlisten: "127.0.0.1:0"\nregister: false\n');
  const bin = process.env["ROLLPIN_TEST_BIN"] ?? new URL("../../../dist/rollpin.js", import.meta.url).pathname;
  const child = spawn(process.execPath, [bin, "agent", "-c", file], { env: { PATH: process.env["PATH"], CONSUL_HTTP_ADDR: consul.address, ROLLPIN_HANDED_SOCKETS: "listen=3" }, stdio: ["ignore", "ignore", "pipe", fd] });
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (said += text));
  const code = await new Promise((resolve) => child.once("close", resolve));
  handed.close();
  expect({ code, said }).toEqual({ code: 2, said: expect.stringMatching(/handed over listens on 0\.0\.0\.0:\d+, which other machines reach: give "listen" a "tokenFile"/) });
});
