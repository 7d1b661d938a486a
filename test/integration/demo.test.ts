/** The demo as README has it: a real run, two at once, one of them through a real HAProxy, in a Consul that others use, and Ctrl-C in the middle. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { chmod, mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import { type ConsulServer, startConsul, testConsulBinary } from "../support/consul-server.ts";
import { haproxyProgram } from "../support/haproxy-server.ts";
import { natsProgram } from "../support/nats-server.ts";
import { prometheusProgram } from "../support/prometheus-server.ts";
import { postgresPrograms } from "../support/postgres-server.ts";
import { until } from "../support/until.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const ROLLPIN = process.env["ROLLPIN_TEST_BIN"] ?? join(ROOT, "dist", "rollpin.js");
const RUN_LIMIT_MS = 240_000;
/** `npm run prove -- demos`: each takes half a minute of a whole machine. */
const EACH_SCENARIO = process.env["ROLLPIN_DEMOS"] === "all";
/** Where none could be obtained the story is told through the built-in router. */
const HAPROXY = haproxyProgram === undefined ? "proxy" : "haproxy";

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

interface Demo {
  readonly child: ChildProcess;
  /** Everything that the demo starts inherits this as TMPDIR, which is how it is found again. */
  readonly folder: string;
  printed(): string;
  /** The exit code. */
  readonly ended: Promise<number | null>;
}

async function startDemo(environment: Readonly<Record<string, string>> = {}, router = "proxy"): Promise<Demo> {
  return runDemo(environment, "--router", router);
}

async function runDemo(environment: Readonly<Record<string, string>>, ...argv: readonly string[]): Promise<Demo> {
  const folder = await mkdtemp(join(tmpdir(), "rollpin-demo-test-"));
  // PostgreSQL runs as another user where this is root.
  await chmod(folder, 0o711);
  const { CONSUL_HTTP_ADDR: _, ...env } = process.env;
  const path = [testConsulBinary(), ...[haproxyProgram, prometheusProgram].filter((program) => program !== undefined)].map((program) => dirname(program)).concat(env["PATH"] ?? "").join(":");
  const child = spawn(process.execPath, ["scripts/demo.js", "--seconds", "1", ...argv, "--rollpin", ROLLPIN], { cwd: ROOT, env: { ...env, PATH: path, ...environment, TMPDIR: folder }, stdio: ["ignore", "pipe", "pipe"] });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text: string) => (printed += text));
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  ends.push(async () => {
    for (const pid of await processesOf(folder)) process.kill(pid, "SIGKILL");
    await rm(folder, { recursive: true, force: true });
  });
  return { child, folder, ended, printed: () => printed };
}

/** Linux only, as CI is. */
async function processesOf(folder: string): Promise<number[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(pids.map(async (pid) => ((await readFile(`/proc/${pid}/environ`, "latin1").catch(() => "")).split("\0").includes(`TMPDIR=${folder}`) ? [Number(pid)] : [])));
  return found.flat();
}

/** The end of a watchdog shell comes a moment after that of the Consul it watched. */
async function expectNothingLeft({ folder }: Demo): Promise<void> {
  await until(`no process of ${folder} is left`, async () => (await processesOf(folder)).length === 0, { deadlineMs: 3_000 }).catch(async (cause: unknown) => {
    const words = await Promise.all((await processesOf(folder)).map((pid) => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")));
    throw new Error(`left running: ${words.join("; ").replaceAll("\0", " ")}`, { cause });
  });
  expect(await readdir(folder)).toEqual([]);
}

async function expectGoodEnd(demo: Demo): Promise<void> {
  const exit = await demo.ended;
  expect({ exit, printed: exit === 0 ? "" : demo.printed() }).toEqual({ exit: 0, printed: "" });
  expect(demo.printed()).not.toMatch(/NOT OK|left behind|had to be killed/);
  expectConsistent(demo.printed());
}

/** Ten agents and their services on two cores can stall the clients for longer than a drain: then some of their requests fail. */
async function expectSameStory(demo: Demo): Promise<void> {
  await demo.ended;
  const wrong = demo.printed().split("\n").filter((line) => /NOT OK|left behind|had to be killed/.test(line));
  expect(wrong.filter((line) => !/NOT OK {2}\d+ of \d+ requests failed/.test(line))).toEqual([]);
  expectConsistent(demo.printed());
}

function expectConsistent(printed: string): void {
  const [canary, fleet] = [eventsAfter(printed, "Timeline, in seconds from the command that took it back:"), eventsAfter(printed, "Timeline, in seconds from the rollback command:")];
  expect(canary("rollpin route shift")).toBeLessThan(canary("first answer"));
  expect(canary("first answer")).toBeLessThanOrEqual(canary("its first error"));
  expect(canary("its first error")).toBeLessThan(0);
  expect(canary("committed")).toBeGreaterThan(0);
  expect(canary("rollpin ended, exit 0")).toBeGreaterThanOrEqual(canary("last request that went to 2.0.0"));
  expect(fleet("rollpin rollback")).toBe(0);
  expect(fleet("rollpin pin")).toBeLessThan(fleet("first error"));
  expect(fleet("first error")).toBeLessThan(0);
  expect(fleet("committed")).toBeGreaterThan(0);
  expect(fleet("first instance back")).toBeGreaterThan(fleet("committed"));
  expect(fleet("last of 5 back")).toBeGreaterThanOrEqual(fleet("first instance back"));
  // Not after the first answer of the load: the router follows the catalog on its own time.
  expect(fleet("rollpin ended, exit 0")).toBeGreaterThan(fleet("committed"));
  for (const line of printed.split("\n").filter((text) => / s  +[█▒×]/.test(text))) expect(line.length).toBeLessThanOrEqual(80);
}

/** When what begins so happened, by the timeline of that title, which is in order of time. */
function eventsAfter(printed: string, title: string): (start: string) => number {
  const [, after = ""] = printed.split(`${title}\n`);
  const [lines = ""] = after.split("\n\n");
  const events = [...lines.matchAll(/^ *([+-]?\d+\.\d\d) s {2}(.+)$/gm)].map(([, seconds = "", what = ""]) => ({ seconds: Number(seconds), what }));
  expect(events.map(({ seconds }) => seconds)).toEqual(events.map(({ seconds }) => seconds).toSorted((a, b) => a - b));
  return (start) => events.find(({ what }) => what.startsWith(start))?.seconds ?? Number.NaN;
}

test("two at once, each with a Consul and a router of its own: both tell the same story and leave nothing", { timeout: RUN_LIMIT_MS }, async () => {
  const demos = [await startDemo(), await startDemo({}, HAPROXY)];
  await Promise.all(demos.map(expectSameStory));
  await Promise.all(demos.map(expectNothingLeft));
});

test("in a Consul that is there already: names of its own, and nothing left in it", { timeout: RUN_LIMIT_MS }, async () => {
  const consul = await startConsul();
  ends.push(() => consul.stop());
  await consul.kv.put("rollpin/desired/demo-shop/pin", "7.7.7");
  const demo = await startDemo({ CONSUL_HTTP_ADDR: consul.address });
  await expectGoodEnd(demo);
  expect(demo.printed()).toMatch(/\$ rollpin rollback demo-shop-[0-9a-f]{6} --reason "20% errors" --yes --prefix rollpin-demo-[0-9a-f]{6}\n/);
  await expectNothingLeft(demo);
  expect((await consul.kv.list("")).map(({ key, value }) => [key, value.toString()])).toEqual([["rollpin/desired/demo-shop/pin", "7.7.7"]]);
  expect(await servicesOf(consul)).toEqual(["consul"]);
});

test.runIf(EACH_SCENARIO && postgresPrograms !== undefined)("the group: two of four services go back with their database, and on again, and nothing is left", { timeout: RUN_LIMIT_MS }, async () => {
  const demo = await runDemo({}, "--scenario", "group");
  const exit = await demo.ended;
  expect({ exit, printed: exit === 0 ? "" : demo.printed() }).toEqual({ exit: 0, printed: "" });
  expect(demo.printed()).not.toMatch(/left behind|had to be killed/);
  await expectNothingLeft(demo);
});

test.runIf(EACH_SCENARIO && natsProgram !== undefined)("the chain: the guard takes back the one of three with the bug, by the records of calls, and nothing is left", { timeout: RUN_LIMIT_MS }, async () => {
  const demo = await runDemo({}, "--scenario", "chain");
  const exit = await demo.ended;
  expect({ exit, printed: exit === 0 ? "" : demo.printed() }).toEqual({ exit: 0, printed: "" });
  expect(demo.printed()).not.toMatch(/left behind|had to be killed/);
  await expectNothingLeft(demo);
});

test.skipIf(prometheusProgram === undefined)("a guarded canary: real metrics turn a rollout back, with the evidence, and nothing is left", { timeout: RUN_LIMIT_MS }, async () => {
  const demo = await runDemo({}, "--scenario", "canary");
  const exit = await demo.ended;
  expect({ exit, printed: exit === 0 ? "" : demo.printed() }).toEqual({ exit: 0, printed: "" });
  expect(demo.printed()).toMatch(/ok  the evidence is kept: errors: Prometheus: more requests to demo-shop fail/);
  expect(demo.printed()).not.toMatch(/left behind|had to be killed/);
  await expectNothingLeft(demo);
});

async function servicesOf(consul: ConsulServer): Promise<string[]> {
  return Object.keys(await consul.http.json<Record<string, unknown>>("/v1/catalog/services"));
}

test("Ctrl-C leaves nothing: while agents start, under load through HAProxy while the canary gets its share, and when the rollback was told", { timeout: RUN_LIMIT_MS }, async () => {
  const moments: readonly (readonly [string, (printed: string) => boolean])[] = [
    ["proxy", (printed) => printed.includes("5 agents")],
    [HAPROXY, (printed) => printed.includes("to the canary first")],
    ["proxy", (printed) => printed.includes("so far. One command:")],
  ];
  await Promise.all(moments.map(([router, isReached]) => expectNothingAfterCtrlC(router, isReached)));
});

async function expectNothingAfterCtrlC(router: string, isReached: (printed: string) => boolean): Promise<void> {
  const demo = await startDemo({}, router);
  await until("the demo has come that far", () => isReached(demo.printed()) || demo.child.exitCode !== null, { deadlineMs: 60_000 });
  expect((await processesOf(demo.folder)).length).toBeGreaterThan(1);
  demo.child.kill("SIGINT");
  expect({ exit: await demo.ended, printed: demo.printed() }).toEqual({ exit: 130, printed: expect.stringMatching(/interrupted; nothing was left running\n$/) as string });
  expect(demo.printed()).not.toMatch(/left behind|had to be killed/);
  await expectNothingLeft(demo);
}

test("even kill -9 of the demo leaves nothing, no HAProxy either", { timeout: RUN_LIMIT_MS }, async () => {
  const demo = await startDemo({}, HAPROXY);
  await until("the load runs", () => demo.printed().includes("to the canary first"), { deadlineMs: 60_000 });
  demo.child.kill("SIGKILL");
  await demo.ended;
  await until("its agents, their services and its Consul have ended", async () => (await processesOf(demo.folder)).length === 0, { deadlineMs: 40_000 });
  expect(await readdir(demo.folder)).toEqual([]);
});

describe("what is wrong is said", () => {
  const run = async (...argv: string[]): Promise<{ readonly code: number; readonly stderr: string }> =>
    promisify(execFile)(process.execPath, ["scripts/demo.js", ...argv], { cwd: ROOT }).then(
      () => ({ code: 0, stderr: "" }),
      (error: { readonly code: number; readonly stderr: string }) => ({ code: error.code, stderr: error.stderr }),
    );

  test("a flag that isn't there: exit 2 and the usage", async () => expect(await run("--fast")).toMatchObject({ code: 2, stderr: expect.stringContaining("usage: npm run demo") as string }));
  test("no build: exit 1 and what to do", async () => expect(await run("--rollpin", "/nowhere/rollpin.js")).toMatchObject({ code: 1, stderr: expect.stringContaining("npm run build") as string }));
});

describe("the agent accepts the files that users copy", () => {
  test.each(["demo/rollpin.yaml", "demo/router.yaml", "demo/haproxy.yaml", "first-service/rollpin.yaml", "first-service/fixed-port.yaml", "first-service/observe.yaml"])("%s", async (file) => {
    const { stdout } = await promisify(execFile)(process.execPath, [ROLLPIN, "agent", "-c", join(ROOT, "examples", file), "--check"]);
    expect(stdout).toMatch(/is good: /);
  });
});
