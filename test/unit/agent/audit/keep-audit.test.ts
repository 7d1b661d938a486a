/** Calls through a real router and a real inbound port into a file. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type AuditKeeper, keepAudit } from "../../../../agent/audit/keep-audit.ts";
import { openInbound } from "../../../../agent/inbound/inbound.ts";
import type { Log } from "../../../../agent/log.ts";
import { type Clock, systemClock } from "../../../../core/clock.ts";
import { auditSchema } from "../../../../core/config/audit-settings.ts";
import { inboundSettings } from "../../../../core/config/inbound-settings.ts";
import { auditRowSchema } from "../../../../core/model/audit-row.ts";
import { until } from "../../../support/until.ts";
import { NOBODY, closeAll, endpoint, follow, listening, openTestRouter, whenClosed } from "../../../integration/routers/router-rig.ts";

let folder: string;
let said: string[];
let audit: AuditKeeper;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "rollpin-audit-"));
  said = [];
  const say = (_: object, message: string): void => void said.push(message);
  const log: Log = { debug: say, info: say, warn: say, error: say, child: () => log };
  audit = keepAudit({ clock: quick, log });
});
afterEach(async () => {
  closeAll();
  await audit.close();
  await rm(folder, { recursive: true, force: true });
});

/** Nobody waits for a batch. */
const quick: Clock = { ...systemClock, sleep: (ms, signal) => systemClock.sleep(Math.min(ms, 5), signal) };

const OWN = { service: "shop", track: "canary" };
const open = (settings: Readonly<Record<string, unknown>> = {}) => audit.open({ ...OWN, audit: auditSchema.parse({ file: "audit.jsonl", ...settings }) }, folder);

async function rows(count: number, file = "audit.jsonl") {
  const text = await until(`${count} rows are in ${file}`, async () => {
    const read = await readFile(join(folder, file), "utf8").catch(() => "");
    return read.split("\n").length > count ? read : undefined;
  }, { deadlineMs: 10_000 });
  return text.trimEnd().split("\n").map((line) => auditRowSchema.parse(JSON.parse(line)));
}

function ask(port: number, path: string, headers: Readonly<Record<string, string>> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    request({ port, path, headers, host: "127.0.0.1", agent: false }, (response) => response.resume().once("end", () => resolve(response.statusCode ?? 0))).on("error", reject).end();
  });
}

const router = () => openTestRouter({ hold: "0s" }, "shop", audit.atRouter("checkout"));

it("writes of a call through a router who called what version, what was asked, and how it ended", async () => {
  await open({ parameters: ["currency"], user: "X-User", trace: "x-request-id" });
  const edge = await router();
  const port = await listening((incoming, response) => response.writeHead(incoming.url?.startsWith("/bad") === true ? 500 : 200).end());
  follow(edge, { instances: [endpoint("1.0.0", port)] });
  await ask(edge.port, "/orders/4711?currency=EUR&card=4111111111111111", { "x-user": "jo", authorization: "Bearer s3cret", traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01" });
  await ask(edge.port, "/bad", { "x-request-id": "r-7" });
  const [good, bad] = await rows(2);
  expect(good).toEqual({ v: 1, kind: "call", at: expect.any(String) as string, caller: "shop", service: "checkout", version: "1.0.0", track: "stable", operation: "GET /orders/*", result: "ok", status: 200, ms: expect.any(Number) as number, trace: "4bf92f3577b34da6a3ce929d0e0e4736", user: "jo", parameters: { currency: "EUR" } });
  expect(bad).toMatchObject({ operation: "GET /bad", result: "failed", status: 500, trace: "r-7" });
  const text = await readFile(join(folder, "audit.jsonl"), "utf8");
  expect(text).not.toMatch(/4111|s3cret|4711/);
  expect(audit.state()).toEqual({ file: join(folder, "audit.jsonl"), rows: 2, lost: 0, fault: undefined });
});

it("blames who was asked last where nobody answered, and nobody where nobody was there", async () => {
  await open();
  const edge = await router();
  follow(edge, { instances: [endpoint("2.0.0", NOBODY)] });
  expect(await ask(edge.port, "/")).toBe(503);
  follow(edge, { instances: [] });
  expect(await ask(edge.port, "/")).toBe(503);
  const [refused, none] = await rows(2);
  expect(refused).toMatchObject({ version: "2.0.0", result: "failed", status: 503, error: expect.stringContaining("no process of the service takes connections") as string });
  expect(none).not.toHaveProperty("version");
});

it("writes that a client left before there was an answer", async () => {
  await open();
  const edge = await router();
  const port = await listening(() => undefined);
  follow(edge, { instances: [endpoint("2.0.0", port)] });
  const asked = request({ port: edge.port, host: "127.0.0.1", path: "/", agent: false }).on("error", () => undefined);
  asked.end();
  await until("it is on its way", () => edge.inFlight() === 1);
  asked.destroy();
  expect(await rows(1)).toMatchObject([{ version: "2.0.0", result: "failed", error: "the client left before an answer had begun" }]);
});

it("names at the failover's answers its own service and version", async () => {
  await open();
  const edge = await router();
  const port = await listening((_, response) => response.end());
  follow(edge, { routes: "failover: {to: checkout-backup, active: true}\n", instances: [], failover: [endpoint("7.0.0", port)] });
  await ask(edge.port, "/");
  expect(await rows(1)).toMatchObject([{ service: "checkout-backup", version: "7.0.0" }]);
});

it("at the inbound port the service is the agent's own, and a header may name who calls", async () => {
  await open({ caller: "x-service" });
  const port = await listening((_, response) => response.end());
  const settings = inboundSettings({ ...auditless, port: 0 });
  if (settings === undefined) throw new Error("no settings");
  const opened = await openInbound(settings, { clock: systemClock, inherited: undefined, predecessorGone: Promise.resolve(), calls: audit.atInbound });
  if (!opened.ok) throw new Error(opened.fault);
  whenClosed(() => void opened.value.leave(0));
  await opened.value.route("1.0.0", port);
  await ask(opened.value.port, "/", { "x-service": "frontend" });
  await ask(opened.value.port, "/", { "x-service": "no service!" });
  const written = await rows(2);
  expect(written[0]).toMatchObject({ caller: "frontend", service: "shop", version: "1.0.0", track: "canary" });
  expect(written[1]).not.toHaveProperty("caller");
});
const auditless = { address: "127.0.0.1", mode: "http", drainLimit: 0, hold: 0, responseTimeout: 5_000, idleTimeout: 5_000, maxConnections: 10 } as const;

it("goes elsewhere, or nowhere, when the file says so, and no call falls between", async () => {
  const edge = await router();
  const port = await listening((_, response) => response.end());
  follow(edge, { instances: [endpoint("1.0.0", port)] });
  await ask(edge.port, "/before");
  await open();
  await ask(edge.port, "/one");
  await open({ file: "other.jsonl" });
  await ask(edge.port, "/two");
  await audit.open({ ...OWN, audit: undefined }, folder);
  await ask(edge.port, "/after");
  expect(await rows(1)).toMatchObject([{ operation: "GET /one" }]);
  expect(await rows(1, "other.jsonl")).toMatchObject([{ operation: "GET /two" }]);
  expect(audit.state()).toBeUndefined();
});

it("what the disk refuses waits, then is counted; told once, and once more when it is over", async () => {
  await writeFile(join(folder, "log"), "");
  await open({ file: "log/audit.jsonl" });
  const edge = await router();
  const port = await listening((_, response) => response.end());
  follow(edge, { instances: [endpoint("1.0.0", port)] });
  await until("it was told", () => said.length > 0);
  expect(await ask(edge.port, "/")).toBe(200);
  const keep = audit.atRouter("checkout")();
  const call = { request: { url: "/", method: "GET", rawHeaders: [] } as never, upstream: undefined, status: 200, begun: 0, ended: 1 };
  for (let at = 0; at < 60_000; at += 1) keep?.(call);
  const lost = audit.state()?.lost ?? 0;
  expect(lost).toBeGreaterThan(10_000);
  expect(said).toEqual([expect.stringMatching(/^calls can't be written to .*audit\.jsonl: (ENOTDIR|EEXIST).*; free the disk or mend the path/)]);
  await rm(join(folder, "log"));
  await until("all that waited is written", () => audit.state()?.rows === 60_001 - lost, { deadlineMs: 20_000 });
  expect(said.slice(1)).toEqual([expect.stringMatching(new RegExp(`written to .* again; ${lost} were lost$`))]);
});
