import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Notifier, createNotifier } from "../../../../agent/guard/notify/notifier.ts";
import { type Clock, systemClock } from "../../../../core/clock.ts";
import type { NotifyTarget } from "../../../../core/config/notify-settings.ts";
import type { GuardAction } from "../../../../core/model/guard-records.ts";
import { until } from "../../../support/until.ts";

const actionOf = (action: number): GuardAction => ({
  action,
  at: "2026-03-01T12:00:00.000Z",
  by: "checkout-1",
  suspect: { service: "checkout", track: "stable", version: "2.0.0", since: "2026-03-01T11:59:00.000Z" },
  cause: "stable:2.0.0@2",
  finding: { kind: "bad", signals: ["health"], summary: "health: 2 of 2 crash" },
  readings: {},
  policy: { line: "no strategy: page", digest: "d" },
  deed: "page",
  outcome: "paged",
  says: `number ${action}`,
});

interface Heard {
  readonly authorization: string | undefined;
  readonly body: Readonly<Record<string, unknown>>;
}

let folder: string;
let server: Server;
let heard: Heard[];
/** What the next answers are; 200 after them. */
let answers: number[];
let over: AbortController;
let running: Promise<void>[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "rollpin-notify-"));
  [heard, answers, over, running] = [[], [], new AbortController(), []];
  server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString())).on("end", () => {
      const status = answers.shift() ?? 200;
      if (status === 200) heard.push({ authorization: request.headers.authorization, body: JSON.parse(text) as Heard["body"] });
      response.writeHead(status, status === 302 ? { Location: "http://127.0.0.1:1/" } : {}).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(async () => {
  over.abort();
  await Promise.all(running);
  server.close();
  await rm(folder, { recursive: true, force: true });
});

/** Pauses between tries take no time. */
const hurried: Clock = { ...systemClock, sleep: (ms, signal) => systemClock.sleep(Math.min(ms, 5), signal) };

function notifierFor(targets: readonly NotifyTarget[], clock = hurried): Notifier {
  const notifier = createNotifier({ targets, clock, folder, log: pino({ level: "silent" }) });
  running.push(notifier.run(over.signal));
  return notifier;
}
const hookHost = (): string => `127.0.0.1:${(server.address() as AddressInfo).port}`;
const hook = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;

test("a webhook is told in order, with its token, and again where it didn't work", async () => {
  await writeFile(join(folder, "token"), "s3cret\n");
  answers = [500, 302, 200];
  const notifier = notifierFor([{ webhook: hook(), format: "json", tokenFile: "token", timeout: 2_000 }]);
  notifier.tell(actionOf(1));
  notifier.tell(actionOf(2));
  expect(notifier.waiting()).toEqual(new Map([[hookHost(), 2]]));
  await until("both are told", () => notifier.told("checkout") === 2);
  expect([notifier.results.all(), notifier.waiting()]).toEqual([[[[hookHost(), "failed"], 2], [[hookHost(), "told"], 2]], new Map([[hookHost(), 0]])]);
  expect(heard).toMatchObject([
    { authorization: "Bearer s3cret", body: { kind: "guard-action", apiVersion: "rollpin/v1", service: "checkout", action: 1, says: "number 1", policy: "no strategy: page", explain: "rollpin guard explain checkout 1" } },
    { body: { action: 2 } },
  ]);
});

test("Slack gets a text, and a command the JSON on its standard input", async () => {
  const notifier = notifierFor([{ webhook: hook(), format: "slack", timeout: 2_000 }, { command: ["sh", "-c", "cat > told; echo $ROLLPIN_SERVICE $ROLLPIN_ACTION $ROLLPIN_DEED $ROLLPIN_OUTCOME >> told"], timeout: 10_000 }], systemClock);
  notifier.tell(actionOf(7));
  await until("both are told", () => notifier.told("checkout") === 7);
  expect(heard.map(({ body }) => body)).toEqual([{ text: "number 7\n`rollpin guard explain checkout 7`" }]);
  const [json = "", environment] = (await readFile(join(folder, "told"), "utf8")).split("\n");
  expect([JSON.parse(json), environment]).toMatchObject([{ kind: "guard-action", action: 7 }, "checkout 7 page paged"]);
});

test("one that never answers is given up on, and holds up nobody", async () => {
  answers = Array.from({ length: 1_000 }, () => 503);
  const notifier = notifierFor([{ webhook: hook(), format: "json", timeout: 2_000 }]);
  for (let action = 1; action <= 300; action += 1) notifier.tell(actionOf(action));
  await until("all that waited were given up on", () => notifier.told("checkout") === 300);
  expect(heard).toEqual([]);
  const results = new Map(notifier.results.all().map(([[, result = ""], count]) => [result, count]));
  expect((results.get("given-up") ?? 0) + (results.get("dropped") ?? 0)).toBe(300);
  expect(answers.length).toBeGreaterThanOrEqual(1_000 - 6 * 101);
});
