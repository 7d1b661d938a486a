/**
 * What others write, by the thousand: KV values, release files, agent files, bytes on the local HTTP. Nothing crashes, hangs
 * or grows. ROLLPIN_FUZZ sets how many of each, ROLLPIN_FUZZ_SEED which.
 */
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, expect, test } from "vitest";
import { serveLocalHttp } from "../../../agent/local-http/serve.ts";
import type { AgentState } from "../../../agent/local-http/state.ts";
import { parseAgentFile } from "../../../core/config/parse-agent-file.ts";
import { parseReleaseFile } from "../../../core/config/parse-release-file.ts";
import { parseRoutes } from "../../../core/config/parse-routes.ts";
import { compileRoutes } from "../../../core/decide/routing/compile-routes.ts";
import { UNREAD } from "../../../core/decide/routing/routed-request.ts";
import { readDesiredEntries } from "../../../core/decide/desired-keys.ts";
import { determineEffective } from "../../../core/decide/effective.ts";
import { NOTHING_DESIRED } from "../../../core/model/desired.ts";
import { parseKeptRevisions } from "../../../core/model/kept-revisions.ts";
import { readHistory, readInstances, readReleases, readRemembered, readVerdicts } from "../../../core/operations/read-records.ts";
import { createInputs } from "./mutate.ts";
import { createDocuments } from "./routing-documents.ts";

const COUNT = Number(process.env["ROLLPIN_FUZZ"] ?? 1_000);
const SEED = Number(process.env["ROLLPIN_FUZZ_SEED"] ?? 20_261_129);
const PATIENCE = { timeout: 30_000 + COUNT * 20 };
/** What a run may leave behind: compiled code and caches of the runtime, nothing that grows with the inputs. */
const MOST_GROWTH = 48 * 1024 * 1024;
/** Of one input; each takes milliseconds. */
const LONGEST_MS = 10_000;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;
function heap(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

/** Feeds all inputs; an error names the input that made it, and with it how to get it again. */
async function feed(what: string, seeds: readonly string[], eat: (input: string) => unknown): Promise<void> {
  const inputs = createInputs(SEED);
  // Code and caches come to be with the first inputs.
  for (let at = 0; at < 200; at += 1) await eat(inputs.next(seeds));
  const before = heap();
  let slowest = 0;
  for (let at = 0; at < COUNT; at += 1) {
    const input = inputs.next(seeds);
    const startedAt = performance.now();
    try {
      await eat(input);
    } catch (error) {
      throw new Error(`${what}, seed ${SEED}, input ${at}: ${JSON.stringify(input.slice(0, 2_000))}`, { cause: error });
    }
    slowest = Math.max(slowest, performance.now() - startedAt);
  }
  const growth = heap() - before;
  if (process.env["ROLLPIN_FUZZ"] !== undefined) console.log(`= ${COUNT} ${what}: slowest ${slowest.toFixed(1)} ms, heap ${(growth / 1024 / 1024).toFixed(1)} MiB more`);
  expect(slowest).toBeLessThan(LONGEST_MS);
  expect(growth).toBeLessThan(MOST_GROWTH);
}

const keysPage = readFileSync(new URL("../../../docs/reference/keys.md", import.meta.url), "utf8");
const records = [...keysPage.matchAll(/```json \w+\n([^`]*)```/g)].map(([, json = ""]) => json);
const files = [
  'service: checkout\ninstance: c-1\nlisten: 127.0.0.1:8421\nversion: 1.4.2\nsessionTtl: 10s\nreleases: { artifacts: "./releases/{{version}}" }\nappliers:\n  - process:\n      command: [node, "./releases/{{version}}/server.js", "{{port}}"]\n      ready: { http: /healthz }\n      drain: 50ms\n',
  'service: checkout\nactuator: observe\nregister: false\nobserve:\n  file: /run/version\n  every: 5s\n',
  '{"service":"checkout","appliers":[{"exec":{"apply":["deploy","{{version}}"]}},{"template":{"source":"a.liquid","target":"a.conf","services":["payments"]}}]}',
];

test("KV values", PATIENCE, async () => {
  expect(records.length).toBeGreaterThan(5);
  const parts = ["head", "pin", "pin.canary", "config", "routes", "pace", "pin.stable", "colour"];
  await feed("KV values", [...records, "1.4.2", "1.4.2 !override", "none", "25% stop-after 2", "rules: []\n"], (text) => {
    const value = Buffer.from(text, text.length % 3 === 0 ? "latin1" : "utf8");
    const entries = (folder: string) => parts.map((part, at) => ({ key: `${folder}${part}`, value, createIndex: 1, modifyIndex: at + 1 }));
    const { keys } = readDesiredEntries("checkout", entries("desired/checkout/"));
    determineEffective({ service: "checkout", prefix: "rollpin", accepted: NOTHING_DESIRED, desired: keys, isRegistered: () => true, isCondemned: () => false });
    for (const read of [readHistory, readInstances, readReleases, readRemembered, readVerdicts]) read(entries("any/checkout/"));
    parseKeptRevisions(text);
  });
});

test("release files", PATIENCE, async () => {
  const seeds = ['version: 1.4.2\nrequires:\n  payments: "^2.1"\nschema: { reads: ">=6 <9", writes: 8 }\n', '{"version":"1.4.2","labels":{"a":"b"}}', "a: &a [x]\nb: *a\n"];
  await feed("release files", seeds, (text) => parseReleaseFile(text, "release.yaml"));
});

test("agent files", PATIENCE, async () => {
  await feed("agent files", files, (text) => parseAgentFile(text, "rollpin.yaml"));
});

test("routing documents", PATIENCE, async () => {
  const inputs = createInputs(SEED);
  const nextDocument = createDocuments(inputs);
  const instances = [undefined, "1.4.2", "1.10", "2.0.0-rc.1+build.7"].flatMap((version) => ["stable", "green"].map((track) => ({ version, track, passing: true })));
  let good = 0;
  await feed("routing documents", [""], (mutation) => {
    const document = nextDocument();
    // Every other one is broken as a text, besides.
    const parsed = parseRoutes(inputs.below(2) === 0 ? document : inputs.next([document]) + mutation, "routes");
    if (!parsed.ok) return expect(parsed.fault.every(({ line, message }) => line > 0 && message !== "")).toBe(true);
    good += 1;
    const compiled = compileRoutes(parsed.value, { service: "checkout", pins: { stable: "1.4.2" }, left: [], instances, failoverPassing: inputs.below(2) });
    const ends = [compiled.split, ...compiled.rules].map(({ runs }) => runs.reduce((at, { from, to }) => (from === at ? to : Number.NaN), 0));
    expect(new Set(ends)).toEqual(new Set([10_000]));
    const { destination } = compiled.decide({ ...UNREAD, path: "/", header: (name) => name, cookie: (name) => name }, inputs.below(1_000) / 1_000);
    // Something of the service lives, so only "none: fail" sends nowhere.
    if (destination === undefined) expect(parsed.value.none).toBe("fail");
  });
  expect(good).toBeGreaterThan(COUNT / 10);
});

const state: AgentState = {
  record: { service: "checkout", instance: "c-1", track: "stable", actuator: "instance", status: "in-sync", revision: 7, seen: 7, agent: { version: "0.1.0", startedAt: "2026-01-01T00:00:00.000Z" }, at: "2026-01-01T00:00:00.000Z" },
  consul: { connected: true, sinceMs: 5_000 },
  refused: [],
  counters: {},
};
const served = await serveLocalHttp("127.0.0.1:0", { state: () => state, drainApplySeconds: () => [], version: "0.1.0" });
const port = served.ok ? Number(served.value.address.split(":")[1]) : 0;
afterAll(async () => (served.ok ? served.value.close() : undefined));

/** Resolves once the server has ended the connection: with an answer or without one. */
function send(bytes: Buffer): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect({ port, host: "127.0.0.1" }, () => socket.end(bytes));
    socket.on("data", (chunk) => chunks.push(chunk));
    // A reset is an answer too: what was sent after a refusal isn't read.
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(Buffer.concat(chunks).toString("latin1")));
  });
}

test("bytes on the local HTTP", PATIENCE, async () => {
  const paths = ["/healthz", "/readyz", "/metrics", "/v1/state", "/nowhere"];
  const seeds = paths.flatMap((path) => ["GET", "HEAD", "POST"].map((method) => `${method} ${path}?a=b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`));
  await feed("requests", seeds, (text) => send(Buffer.from(text, "latin1")));
  expect(await send(Buffer.from("GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))).toMatch(/^HTTP\/1\.1 200/);
});
