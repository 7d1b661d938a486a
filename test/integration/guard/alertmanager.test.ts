/** The signal `alertmanager`: the webhook and the API of a real Alertmanager, and whoever else comes to the webhook's port. */
import { chmod, copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer as createHttpServer } from "node:http";
import { request as requestSecurely } from "node:https";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type AlertSource, openAlertSource } from "../../../agent/guard/signals/alertmanager/alert-source.ts";
import { openAlertmanagerSignal } from "../../../agent/guard/signals/alertmanager/alertmanager-signal.ts";
import type { Log } from "../../../agent/log.ts";
import { isoTime, systemClock } from "../../../core/clock.ts";
import { alertmanagerSourceSchema } from "../../../core/config/alertmanager-settings.ts";
import { alertmanagerSignalSchema } from "../../../core/config/signals/alertmanager.ts";
import type { Reading, Suspect } from "../../../core/model/reading.ts";
import { type AlertmanagerServer, alertmanagerProgram, startAlertmanager } from "../../support/alertmanager-server.ts";
import { until } from "../../support/until.ts";

const never = new AbortController().signal;
const TOKEN = "4d1f9c0a7be35628";
const SUSPECT: Suspect = { service: "checkout", track: "stable", version: "2.0.0", baseline: "1.9.0", since: isoTime(Date.now()) };
const pem = (name: string): string => fileURLToPath(new URL(`../../contract/certificates/${name}.pem`, import.meta.url));

let folder = "";
let lines: string[] = [];
const closing: (() => Promise<unknown>)[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "rollpin-webhook-"));
  lines = [];
  await putToken(TOKEN);
});
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
  await rm(folder, { recursive: true, force: true });
});

async function putToken(token: string): Promise<void> {
  await writeFile(join(folder, "token"), `${token}\n`);
  await chmod(join(folder, "token"), 0o600);
}

const note = (_: object, message: string): void => void lines.push(message);
const log: Log = { debug: () => undefined, info: note, warn: note, error: note, child: () => log };

async function open(over: object = {}, guards = (service: string): boolean => service !== "secret"): Promise<AlertSource> {
  const settings = alertmanagerSourceSchema.parse({ listen: "127.0.0.1:0", tokenFile: "token", ...over });
  const source = await openAlertSource(settings, { folder, clock: systemClock, log, guards });
  closing.push(() => source.close());
  return source;
}

interface Guarded {
  readonly told: () => number;
  read(this: void, suspect?: Partial<Suspect>): Promise<Reading>;
}

function signalOf(source: AlertSource, written: object = {}): Guarded {
  let told = 0;
  const signal = openAlertmanagerSignal(alertmanagerSignalSchema.parse({ alertmanager: written }).alertmanager, source, { service: "checkout", news: () => (told += 1) });
  closing.push(() => signal.close());
  return { told: () => told, read: (over = {}) => signal.read({ ...SUSPECT, ...over }, never) };
}

const BEGAN = isoTime(Date.now() - 1_000);
const alertOf = (labels: object = {}, more: object = {}) => ({ status: "firing", labels: { alertname: "HighErrorRate", service: "checkout", version: "2.0.0", ...labels }, annotations: { summary: "5% fail" }, startsAt: BEGAN, fingerprint: "ab12", ...more });
const payload = (...alerts: unknown[]) => ({ version: "4", status: "firing", receiver: "rollpin", groupKey: "{}", truncatedAlerts: 0, alerts });

async function post(source: AlertSource, body: unknown, { headers = { Authorization: `Bearer ${TOKEN}` }, path = "/v1/alerts", method = "POST" }: { readonly headers?: Record<string, string>; readonly path?: string; readonly method?: string } = {}): Promise<{ status: number; text: string }> {
  const answer = await fetch(`http://${source.address()}${path}`, { method, headers, ...(method === "POST" ? { body: typeof body === "string" ? body : JSON.stringify(body) } : {}) });
  return { status: answer.status, text: await answer.text() };
}

describe.skipIf(alertmanagerProgram === undefined)("a real Alertmanager", () => {
  async function start(source: AlertSource, http: object = {}): Promise<AlertmanagerServer> {
    const started = await startAlertmanager({ url: `http://${source.address()}/v1/alerts`, send_resolved: true, http_config: { authorization: { credentials: TOKEN } }, ...http });
    closing.push(() => started.remove());
    return started;
  }
  const labels = { alertname: "HighErrorRate", service: "checkout", version: "2.0.0" };

  it("tells what fires, and when it is over", async () => {
    const source = await open();
    const { read, told } = signalOf(source);
    const alertmanager = await start(source);
    await alertmanager.post([{ labels, annotations: { summary: "5% fail" } }]);
    await until("it is told", () => told() > 0);
    expect(await read()).toMatchObject({ says: "bad", alike: false, summary: "checkout 2.0.0 sets off an alert: HighErrorRate (5% fail)", evidence: [{ kind: "alert", alertname: "HighErrorRate", labels }] });
    await alertmanager.post([{ labels, endsAt: isoTime(Date.now() - 1) }]);
    await until("it is told that it is over", async () => (await read()).says === "no-data");
    expect((await read()).summary).toMatch(/^no alert is known to fire for checkout 2\.0\.0, but this agent began to listen \d+ s ago, and Alertmanager says again what fires within 240 min/);
  });

  it("is asked by its API what fires, so that who starts later knows it", async () => {
    const first = await open();
    const alertmanager = await start(first);
    await alertmanager.post([{ labels }, { labels: { ...labels, version: "1.9.0", alertname: "Slow" } }]);
    const later = await open({ api: { url: `http://${alertmanager.address}` } });
    expect(await signalOf(later).read()).toMatchObject({ says: "bad", alike: false });
    // It was started a moment ago, so what it doesn't say may be what it doesn't know yet.
    expect(await signalOf(later).read({ version: "3.0.0" })).toMatchObject({ says: "no-data", summary: expect.stringContaining("Alertmanager was started a moment ago") as string });
    await alertmanager.kill();
    const { summary, says } = await signalOf(later).read({ version: "3.0.0" });
    expect([says, summary]).toEqual(["no-data", "no alert is known to fire for checkout 3.0.0, but Alertmanager can't be asked what fires: it can't be reached (ECONNREFUSED)"]);
    expect(await signalOf(later).read()).toMatchObject({ says: "bad" });
  });

  it("comes with a client's certificate in place of a token, and nobody comes without", async () => {
    const source = await open({ tokenFile: undefined, tls: { certFile: pem("server"), keyFile: pem("server-key"), clientCaFile: pem("ca") } });
    const { read, told } = signalOf(source);
    const port = source.address()?.split(":")[1];
    const alertmanager = await start(source, { url: `https://localhost:${port}/v1/alerts`, http_config: { tls_config: { ca_file: pem("ca"), cert_file: pem("client"), key_file: pem("client-key"), server_name: "localhost" } } });
    await alertmanager.post([{ labels }]);
    await until("it is told", () => told() > 0);
    expect(await read()).toMatchObject({ says: "bad" });
    const without = await new Promise<string>((resolve) => {
      requestSecurely(`https://localhost:${port}/v1/alerts`, { method: "POST", rejectUnauthorized: false }, (response) => resolve(String(response.statusCode)))
        .on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
        .end(JSON.stringify(payload(alertOf({}, { fingerprint: "cd34" }))));
    });
    expect(without).not.toBe("200");
    expect(told()).toBe(1);
  });
});

describe("whoever comes to the webhook", () => {
  it.each<[string, Parameters<typeof post>[2], number, RegExp]>([
    ["without a token", { headers: {} }, 401, /^give this agent's token/],
    ["with another", { headers: { Authorization: "Bearer 4d1f9c0a7be35629" } }, 401, /^give this agent's token/],
    ["with half of it", { headers: { Authorization: `Bearer ${TOKEN.slice(0, 8)}` } }, 401, /^give this agent's token/],
    ["with a password", { headers: { Authorization: `Basic ${TOKEN}` } }, 401, /^give this agent's token/],
    ["to another path", { path: "/" }, 404, /^there is \/v1\/alerts/],
    ["to look", { method: "GET" }, 405, /^only POST/],
    ["with what is compressed", { headers: { Authorization: `Bearer ${TOKEN}`, "Content-Encoding": "gzip" } }, 415, /^only a body that isn't compressed/],
  ])("%s is refused", async (_, how, status, words) => {
    const source = await open();
    const { told } = signalOf(source);
    const answer = await post(source, payload(alertOf()), how);
    expect([answer.status, told()]).toEqual([status, 0]);
    expect(answer.text).toMatch(words);
    expect(answer.text.trim().split("\n")).toHaveLength(1);
  });

  it.each([
    ["no JSON", "{", "the body is no JSON"],
    ["no object", "3", "the body is no object"],
    ["another version", { ...payload(), version: "3" }, 'the body is no payload of version "4"'],
    ["no alerts", { version: "4" }, "the body has no list of alerts"],
  ])("with %s hears so", async (_, body, words) => {
    const source = await open();
    expect(await post(source, body)).toEqual({ status: 400, text: `${words}: this is for Alertmanager's webhook_configs\n`.replace("JSON: this is for Alertmanager's webhook_configs", "JSON") });
  });

  it("is let in by the token that stands in the file now, and by none while there is none", async () => {
    const source = await open();
    await putToken("0123456789abcdef");
    expect((await post(source, payload())).status).toBe(401);
    expect((await post(source, payload(), { headers: { Authorization: "Bearer 0123456789abcdef" } })).status).toBe(200);
    await rm(join(folder, "token"));
    // Alertmanager tries again after 503.
    expect((await post(source, payload())).status).toBe(503);
    expect(lines.some((line) => line.includes("alert webhook lets nobody in until that is mended"))).toBe(true);
  });

  it("is heard out up to a megabyte, whether it says its length or not", async () => {
    const source = await open();
    const large = JSON.stringify(payload(...Array.from({ length: 2_000 }, (_, index) => alertOf({ pod: "x".repeat(300) }, { fingerprint: index.toString(16) }))));
    expect(large.length).toBeLessThan(1024 * 1024);
    expect(await post(source, large)).toMatchObject({ status: 429, text: "1800 alerts found no place: too many fire\n" });
    for (const framing of [`Content-Length: ${1024 * 1024 + 1}`, "Transfer-Encoding: chunked"]) {
      const answer = await raw(source, `POST /v1/alerts HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\n${framing}\r\n\r\n${framing.startsWith("T") ? `110000\r\n${"x".repeat(0x11_00_00)}` : ""}`);
      expect(answer).toMatch(/^HTTP\/1\.1 413 [\s\S]*the body is longer than 1048576 bytes/);
    }
  });

  it("changes nothing by saying the same again, late, or out of order", async () => {
    const source = await open();
    const { read, told } = signalOf(source);
    const [began, again] = [isoTime(Date.now() - 60_000), isoTime(Date.now() - 1_000)];
    const word = (status: string, startsAt: string) => post(source, payload(alertOf({}, { status, startsAt })));
    for (let times = 0; times < 5; times += 1) await word("firing", began);
    expect([told(), (await read()).says]).toEqual([1, "bad"]);
    await word("resolved", began);
    await word("firing", began);
    await word("resolved", began);
    expect([told(), (await read()).says]).toEqual([2, "no-data"]);
    await word("firing", again);
    await word("resolved", began);
    expect([told(), (await read()).since]).toEqual([3, again]);
  });

  it("reaches no service that isn't guarded here, and none without its label", async () => {
    const source = await open();
    const { read, told } = signalOf(source);
    const answer = await post(source, payload(alertOf({ service: "secret" }, { fingerprint: "1" }), alertOf({ service: "" }, { fingerprint: "2" }), alertOf({ service: "../checkout" }, { fingerprint: "3" }), alertOf({ version: "2.0.0\n" }, { fingerprint: "4" }), alertOf({ service: "shop" }, { fingerprint: "5" }), "nonsense"));
    expect(answer).toEqual({ status: 200, text: "1 alerts taken, 5 passed over (of services that are not guarded here, or without the label service)\n" });
    expect([told(), (await read()).says, (await source.read("secret", never)).firing.length, (await source.read("shop", never)).firing.length]).toEqual([0, "no-data", 0, 1]);
  });

  it("may have other names for the labels", async () => {
    const source = await open({ labels: { service: "app", version: "release" } });
    const { read } = signalOf(source);
    await post(source, payload({ ...alertOf(), labels: { alertname: "A", app: "checkout", release: "2.0.0", service: "other" } }));
    expect(await read()).toMatchObject({ says: "bad" });
  });

  it("is believed in its silence where its API, which has run for a while, says so", async () => {
    let firing: object[] = [];
    let answers = true;
    const api = createHttpServer((request, response) => void (answers && response.end(JSON.stringify(request.url === "/api/v2/status" ? { uptime: "2026-01-01T00:00:00.000Z" } : firing))));
    await new Promise<void>((resolve) => api.listen(0, "127.0.0.1", resolve));
    closing.push(() => new Promise((resolve) => api.close(resolve)));
    const source = await open({ api: { url: `http://127.0.0.1:${(api.address() as AddressInfo).port}` } });
    const { read } = signalOf(source);
    expect(await read()).toMatchObject({ says: "good", summary: "no alert fires for checkout 2.0.0" });
    firing = [alertOf()];
    expect(await read()).toMatchObject({ says: "bad" });
    // Whom the webhook tells need not be asked: an Alertmanager that answers late holds nothing up.
    answers = false;
    await post(source, payload(alertOf({}, { fingerprint: "ee" })));
    expect(await read()).toMatchObject({ says: "bad" });
    answers = true;
    // It was silenced, or its end was told while nobody listened.
    firing = [];
    await until("it is over", async () => (await read()).says === "good");
  });

  it("is believed in its silence once it has spoken and everything must have been said again", async () => {
    const source = await open({ repeat: "1s" });
    const { read } = signalOf(source);
    await until("what fires must have been said again", async () => (await read()).summary.includes("Alertmanager has said nothing for 0 min"));
    await post(source, payload());
    expect(await read()).toMatchObject({ says: "good", summary: "no alert fires for checkout 2.0.0" });
  });

  it("finds the port open as soon as who had it has left", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const listen = `127.0.0.1:${(other.address() as AddressInfo).port}`;
    const source = await open({ listen });
    expect(source.address()).toBeUndefined();
    expect(lines.join()).toMatch(/can't be listened on: .*EADDRINUSE.*; tried again each second/);
    await new Promise((resolve) => other.close(resolve));
    await until("it listens", () => source.address() === listen);
  });

  it("meets a certificate that was replaced, and the former one while the new one is broken", async () => {
    const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
    await Promise.all([copyFile(pem("server"), cert), copyFile(pem("server-key"), key)]);
    const source = await open({ tls: { certFile: cert, keyFile: key } });
    const serial = async (): Promise<string> => {
      const { connect: connectSecurely } = await import("node:tls");
      const socket = connectSecurely({ port: Number(source.address()?.split(":")[1]), rejectUnauthorized: false });
      await new Promise((resolve, reject) => socket.once("secureConnect", resolve).once("error", reject));
      const { serialNumber } = socket.getPeerCertificate();
      socket.destroy();
      return serialNumber;
    };
    const former = await serial();
    await writeFile(cert, "broken");
    await until("it is said", () => lines.some((line) => line.includes("the former certificate stays in use")));
    expect(await serial()).toBe(former);
    await Promise.all([copyFile(pem("future"), cert), copyFile(pem("future-key"), key)]);
    await until("the new one is served", async () => (await serial()) !== former);
    expect(await readFile(key, "utf8")).toBe(await readFile(pem("future-key"), "utf8"));
  });
});

async function raw(source: AlertSource, text: string): Promise<string> {
  const [host, port] = (source.address() ?? "").split(":");
  const socket = connect({ host: host ?? "", port: Number(port) });
  socket.on("error", () => undefined);
  socket.write(text);
  let answer = "";
  for await (const part of socket.setEncoding("utf8") as AsyncIterable<string>) answer += part;
  return answer;
}
