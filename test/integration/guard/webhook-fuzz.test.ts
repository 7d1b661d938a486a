/** Whatever comes to the webhook: nothing falls over, nothing grows, and nothing fires that a valid token didn't say of a service that is guarded. */
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { Agent, request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type AlertSource, openAlertSource } from "../../../agent/guard/signals/alertmanager/alert-source.ts";
import type { Log } from "../../../agent/log.ts";
import { systemClock } from "../../../core/clock.ts";
import { alertmanagerSourceSchema } from "../../../core/config/alertmanager-settings.ts";
import { pick, seededRandom } from "../../support/random.ts";

const BODIES = Number(process.env["ROLLPIN_WEBHOOK_BODIES"] ?? 1_000);
const SEED = Number(process.env["ROLLPIN_SEED"] ?? 11);
const TOKEN = "9b3e5f7a1c2d4e60";
const AT_ONCE = 12;
const GUARDED = ["checkout", "shop"] as const;

let folder = "";
let source: AlertSource;
let logged = 0;
const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "rollpin-fuzz-"));
  await writeFile(join(folder, "token"), TOKEN);
  await chmod(join(folder, "token"), 0o600);
  const count = (): void => void (logged += 1);
  const log: Log = { debug: () => undefined, info: count, warn: count, error: count, child: () => log };
  source = await openAlertSource(alertmanagerSourceSchema.parse({ listen: "127.0.0.1:0", tokenFile: "token" }), { folder, clock: systemClock, log, guards: (service) => GUARDED.some((own) => own === service) });
});
afterAll(async () => {
  agent.destroy();
  await source.close();
  await rm(folder, { recursive: true, force: true });
});

interface Sent {
  readonly headers: Record<string, string>;
  readonly path: string;
  readonly method: string;
  readonly body: Buffer;
}

type Random = () => number;
const count = (random: Random, most: number): number => Math.floor(random() * (most + 1));
const junk = (random: Random, most: number): string => Array.from({ length: count(random, most) }, () => String.fromCharCode(count(random, pick(random, [0x7f, 0xffff])))).join("");

/** Says whose alert it was, so that it can be told what may fire. `v` names the one who had the token. */
function labelsOf(random: Random, known: boolean): Record<string, unknown> {
  const service = pick<unknown>(random, ["checkout", "shop", "secret", "checkout/../secret", "", "constructor", "Checkout", junk(random, 20), 7, null]);
  const labels: Record<string, unknown> = { alertname: pick(random, ["High", junk(random, 30)]), version: known ? "1.0.0-token" : "1.0.0-none", service };
  if (random() < 0.2) labels[junk(random, 10)] = junk(random, 300);
  if (random() < 0.1) labels["pod"] = "x".repeat(count(random, 10_000));
  if (random() < 0.05) Object.defineProperty(labels, "__proto__", { value: { service: "checkout" }, enumerable: true });
  return labels;
}

function alertOf(random: Random, known: boolean): unknown {
  if (random() < 0.1) return pick<unknown>(random, [null, 1, [], "alert", { labels: [] }, { labels: { service: "checkout" } }]);
  return {
    status: pick(random, ["firing", "firing", "resolved", "FIRING", junk(random, 5)]),
    labels: labelsOf(random, known),
    annotations: pick<unknown>(random, [{}, null, { summary: junk(random, 2_000) }, { summary: {} }, "x"]),
    startsAt: pick(random, [new Date(Date.now() - count(random, 1e6)).toISOString(), "2026-01-01T00:00:00.123456789+01:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "+275760-09-13T00:00:00Z", junk(random, 20)]),
    fingerprint: pick(random, [count(random, 1e9).toString(16), count(random, 50).toString(16), "__proto__", junk(random, 20)]),
    generatorURL: pick<unknown>(random, ["http://prometheus/graph", junk(random, 3_000), 1]),
  };
}

function bodyOf(random: Random, known: boolean): Buffer {
  const alerts = Array.from({ length: count(random, 8) }, () => alertOf(random, known));
  const whole = { version: pick<unknown>(random, ["4", "4", "4", "4", "3", 4, undefined]), status: "firing", alerts: random() < 0.05 ? junk(random, 5) : alerts, truncatedAlerts: pick<unknown>(random, [0, undefined, 1e9, "x"]) };
  const text = Buffer.from(JSON.stringify(whole));
  const kind = random();
  if (kind < 0.7) return text;
  if (kind < 0.8) return text.subarray(0, count(random, text.length));
  if (kind < 0.9) return Buffer.from(text.map((byte) => (random() < 0.01 ? count(random, 255) : byte)));
  if (kind < 0.95) return Buffer.from(junk(random, 2_000));
  if (kind < 0.99) return Buffer.from(`{"version":"4","alerts":${pick(random, ["[", '{"a":', '[{"labels":'] as const).repeat(count(random, 20_000))}`);
  return Buffer.alloc(count(random, 3 * 1024 * 1024), "x");
}

function draw(random: Random): Sent {
  const known = random() < 0.6;
  const token = known ? `Bearer ${TOKEN}` : pick(random, ["", "Bearer ", `Bearer ${TOKEN.slice(1)}`, `Bearer ${TOKEN}0`, `Basic ${TOKEN}`, `bearer ${TOKEN.toUpperCase()}`, `Bearer ${"x".repeat(4_000)}`]);
  const headers = { ...(token === "" ? {} : { Authorization: token }), ...(random() < 0.05 ? { "Content-Encoding": "gzip" } : {}) };
  return { headers, path: random() < 0.95 ? "/v1/alerts" : pick(random, ["/", "/v1/alerts/", "/v1/alerts?x", "//x/v1/alerts", `/${"a".repeat(3_000)}`]), method: random() < 0.97 ? "POST" : pick(random, ["PUT", "DELETE", "OPTIONS"]), body: bodyOf(random, known) };
}

/** `gone`: the connection was closed, as it is on whoever sends more than is read. */
async function send({ body, headers, method, path }: Sent): Promise<number | "gone"> {
  const [host = "", port] = (source.address() ?? "").split(":");
  return await new Promise((resolve) => {
    const asked = request({ host, port: Number(port), agent, method, path, headers: { ...headers, "Content-Length": body.length } }, (response) => {
      response.resume().on("end", () => resolve(response.statusCode ?? 0)).on("error", () => resolve(response.statusCode ?? 0));
    });
    asked.on("error", () => resolve("gone"));
    asked.end(body);
  });
}

/** Bytes that are no HTTP at all. */
async function scribble(random: Random): Promise<void> {
  const [host = "", port] = (source.address() ?? "").split(":");
  await new Promise<void>((resolve) => {
    const socket = connect({ host, port: Number(port) }, () => socket.end(pick(random, [junk(random, 500), "POST /v1/alerts HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", "POST /v1/alerts HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", `GET / HTTP/1.1\r\nX: ${"y".repeat(20_000)}\r\n\r\n`])));
    socket.resume().on("error", () => undefined).on("close", () => resolve());
  });
}

const STATUSES = [200, 400, 401, 404, 405, 413, 415, 429, "gone"];

it(`takes ${BODIES} bodies (ROLLPIN_SEED=${SEED}) and stays what it was`, { timeout: 60_000 + BODIES * 20 }, async () => {
  const tally = new Map<number | string, number>();
  let wild = 0;
  let done = 0;
  const never = new AbortController().signal;
  const firing = async () => (await Promise.all([...GUARDED, "secret", "constructor", ""].map((service) => source.read(service, never)))).flatMap((read) => read.firing);
  const halfway: { heap?: number } = {};
  const worker = async (seed: number): Promise<void> => {
    const random = seededRandom(seed);
    while (done < BODIES) {
      done += 1;
      if (done === Math.ceil(BODIES / 2)) halfway.heap = process.memoryUsage().heapUsed;
      if (random() < 0.02) await scribble(random);
      const drawn = draw(random);
      const status = await send(drawn);
      tally.set(status, (tally.get(status) ?? 0) + 1);
      if (!STATUSES.includes(status)) wild += 1;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => worker(SEED * 1_000 + index)));
  const kept = await firing();
  const growth = Math.round((process.memoryUsage().heapUsed - (halfway.heap ?? 0)) / 1024 / 1024);
  console.log(`= ${BODIES} hostile bodies: ${[...tally].toSorted((a, b) => String(a[0]).localeCompare(String(b[0]))).map(([status, times]) => `${status}: ${times}`).join(", ")}; ${kept.length} alerts fire; ${logged} log lines; heap ${growth} MiB more than halfway`);
  expect(wild).toBe(0);
  // A tenth and more came with the token and whole: what they said stands, up to what is kept, and nothing else.
  expect(kept.length).toBeGreaterThan(0);
  expect(kept.length).toBeLessThanOrEqual(400);
  expect(new Set(kept.map(({ version }) => version))).toEqual(new Set(["1.0.0-token"]));
  expect(kept.every(({ service }) => GUARDED.some((own) => own === service))).toBe(true);
  expect(Object.hasOwn(Object.prototype, "service")).toBe(false);
  expect(logged).toBeLessThan(100);
  expect(growth).toBeLessThan(200);
  expect(await send({ headers: { Authorization: `Bearer ${TOKEN}` }, path: "/v1/alerts", method: "POST", body: Buffer.from('{"version":"4","alerts":[]}') })).toBe(200);
});
