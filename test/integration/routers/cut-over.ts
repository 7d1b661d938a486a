/** Two versions of a service, each run by a real agent, and requests at a steady rate while routes are flipped. */
import { Agent, request } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { systemClock } from "../../../core/clock.ts";
import type { RouterRecord } from "../../../core/model/router-records.ts";
import type { ConsulServer } from "../../support/consul-server.ts";
import { type TestAgent, rollpin, startAgent } from "../../support/rollpin.ts";
import { until } from "../../support/until.ts";

/** `npm run prove -- cutover` asks for 20 flips and 100,000 requests. */
export const IS_LONG = process.env["ROLLPIN_CUTOVER_FLIPS"] !== undefined;
export const FLIPS = Number(process.env["ROLLPIN_CUTOVER_FLIPS"] ?? 4);
export const REQUESTS = Number(process.env["ROLLPIN_CUTOVER_REQUESTS"] ?? 1_500);
const PER_SECOND = 500;
/** That clients keep. */
export const CONNECTIONS = 64;

/** Says which version answers, and when it does, by the clock of this machine: a busy client may read it later. */
const SERVICE = `import { createServer } from "node:http";
createServer((_, response) => response.end(process.env.ROLLPIN_VERSION + " " + Date.now())).listen(Number(process.env.PORT), "127.0.0.1");
process.on("SIGTERM", () => process.exit(0));
`;

/** `stable` runs 1.0.0, `canary` 2.0.0. */
export async function startShops(consul: ConsulServer): Promise<readonly TestAgent[]> {
  const releases = { "1.0.0": SERVICE, "2.0.0": SERVICE };
  const shops = await Promise.all([
    startAgent({ consul: consul.address, service: "shop", instance: "shop-1", releases }),
    startAgent({ consul: consul.address, service: "shop", instance: "shop-2", releases, yaml: `track: canary\nappliers:\n  - process:\n      command: [node, "./releases/{{version}}/server.js", "{{port}}"]\n` }),
  ]);
  const keys = ["releases/shop/1.0.0", "releases/shop/2.0.0", "instances/shop/shop-1", "instances/shop/shop-2"];
  await until("both are registered, and their releases", async () => (await Promise.all(keys.map((key) => consul.kv.get(`rollpin/${key}`)))).every((text) => text !== undefined));
  for (const words of [["1.0.0"], ["2.0.0", "--track", "canary"]]) {
    const ran = await rollpin(["pin", "shop", ...words, "--yes"], { consul: consul.address });
    if (ran.code !== 0) throw new Error(`${ran.stderr}${ran.stdout}`);
  }
  return shops;
}

/** Of the edge's router. */
export async function readRecord(consul: ConsulServer): Promise<RouterRecord | undefined> {
  const text = await consul.kv.get("rollpin/routers/shop/edge-1");
  return text === undefined ? undefined : (JSON.parse(text) as RouterRecord);
}

export function serves(consul: ConsulServer, version: string): Promise<RouterRecord> {
  return until(`the router reports that all goes to ${version}`, async () => {
    const seen = await readRecord(consul);
    return seen?.status === "in-sync" && seen.split.length > 0 && seen.split.every(({ share, to, wanted }) => share === version || to === version || wanted === 0) && seen;
  });
}

/** A hand's flip, and the router's report of it. */
export async function route(consul: ConsulServer, share: string): Promise<RouterRecord> {
  await consul.kv.put("rollpin/desired/shop/routes", `split: {"${share}": 100}`);
  return serves(consul, share);
}

interface Answer {
  readonly version: string;
  /** When the service answered. */
  readonly at: number;
}

export function ask(port: number, agent?: Agent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ port, host: "127.0.0.1", agent, timeout: 30_000 }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk)).once("error", reject);
      response.once("end", () => {
        const [version = "", at] = text.split(" ");
        if (response.statusCode === 200) resolve({ version, at: Number(at) });
        else reject(new Error(`HTTP ${response.statusCode}: ${text}`));
      });
    });
    asked.once("timeout", () => asked.destroy(new Error("no answer within 30 s"))).once("error", reject);
    asked.end();
  });
}

/** Keep-alive clients at a steady rate: requests are begun on time, whatever becomes of those before. */
export function openLoad(port: number): { readonly answers: Answer[]; readonly failures: string[]; end(): Promise<void> } {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const answers: Answer[] = [];
  const failures: string[] = [];
  const underWay = new Set<Promise<void>>();
  const over = new AbortController();
  const run = async (): Promise<void> => {
    const begun = systemClock.monotonic();
    for (let number = 0; !over.signal.aborted; ) {
      for (const due = ((systemClock.monotonic() - begun) * PER_SECOND) / 1_000; number < due; number += 1) {
        const one = ask(port, agent).then((answer) => void answers.push(answer), (error: unknown) => void failures.push(String(error))).finally(() => underWay.delete(one));
        underWay.add(one);
      }
      await pause(5);
    }
  };
  const running = run();
  return {
    answers,
    failures,
    async end() {
      over.abort();
      await running;
      await Promise.all(underWay);
      agent.destroy();
    },
  };
}

interface UnderLoad extends Pick<ReturnType<typeof openLoad>, "answers" | "failures"> {
  /** How many failed from the beginning of each turn to that of the next. */
  readonly failed: readonly number[];
}

/** The turns, one after the other, evenly over so many requests as there are to be. */
async function underLoad(port: number, turns: readonly (() => Promise<void>)[]): Promise<UnderLoad> {
  const load = openLoad(port);
  const begun: number[] = [];
  for (const [index, turn] of turns.entries()) {
    await until("enough requests came", () => load.answers.length >= (REQUESTS * (index + 1)) / (turns.length + 1), { deadlineMs: 60_000 + REQUESTS * 10 });
    begun.push(load.failures.length);
    await turn();
  }
  await until("enough requests came", () => load.answers.length >= REQUESTS, { deadlineMs: 60_000 + REQUESTS * 10 });
  await load.end();
  return { ...load, failed: begun.map((count, index) => (begun[index + 1] ?? load.failures.length) - count) };
}

export interface CutOver {
  readonly failures: readonly string[];
  /** Answers of the old version after the router's report. */
  readonly wrong: readonly Answer[];
  /** How many failed at flips, and how many at what was done beside them. */
  readonly atFlips: number;
  readonly beside: number;
  readonly summary: string;
}

/** Flips all traffic to and fro under load; after each flip, where given, something else that it is to be compared with. */
export async function cutOver(consul: ConsulServer, port: number, beside?: () => Promise<void>): Promise<CutOver> {
  await route(consul, "1.0.0");
  const reported: { readonly at: number; readonly version: string }[] = [{ at: systemClock.now(), version: "1.0.0" }];
  const flipTo = async (version: string): Promise<void> => {
    // From here on both may answer, until the report.
    reported.push({ at: systemClock.now(), version: "" });
    await route(consul, version);
    // A service's clock tells whole milliseconds.
    reported.push({ at: systemClock.now() + 1, version });
  };
  const turns = Array.from({ length: FLIPS }, (_, index) => [() => flipTo(index % 2 === 0 ? "2.0.0" : "1.0.0"), ...(beside === undefined ? [] : [beside])]);
  const load = await underLoad(port, turns.flat());
  const wrong = load.answers.filter(({ at: answeredAt, version }) => {
    const last = reported.findLast(({ at }) => at <= answeredAt);
    return last !== undefined && last.version !== "" && last.version !== version;
  });
  const atFlips = load.failed.reduce((sum, count, index) => (beside === undefined || index % 2 === 0 ? sum + count : sum), 0);
  const summary = `${FLIPS} flips, ${load.answers.length} requests at ${PER_SECOND}/s, ${load.failures.length} failed, ${wrong.length} answered by the old version after the report`;
  return { failures: load.failures, wrong, atFlips, beside: load.failures.length - atFlips, summary };
}
