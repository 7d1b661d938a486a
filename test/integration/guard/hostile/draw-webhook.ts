/** Requests to Alertmanager's webhook that must set off nothing: what would is said without the token, and with it nothing that the policy means. */
import { isoTime } from "../../../../core/clock.ts";
import { pick } from "../../../support/random.ts";

export interface Sent {
  readonly headers: Readonly<Record<string, string>>;
  readonly path: string;
  readonly method: string;
  readonly body: Buffer;
}

/** What the policy of the service that is guarded goes back for. */
export interface Meant {
  readonly alertname: string;
  readonly service: string;
  readonly version: string;
}

type Random = () => number;
const count = (random: Random, most: number): number => Math.floor(random() * (most + 1));
export const junk = (random: Random, most: number): string => Array.from({ length: count(random, most) }, () => String.fromCharCode(count(random, pick(random, [0x7f, 0xffff])))).join("");

/** Looks like the name, and isn't. */
function lookalikes(name: string): readonly string[] {
  const all = [`${name} `, ` ${name}`, `${name}\n`, `${name}\u0000`, `${name}\u200B`, `\uFEFF${name}`, name.toUpperCase(), name.replace("c", "\u0441"), name.replace("e", "\uFF45"), `${name}/../${name}`, `../${name}`, `${name}",service="${name}`, "{{service}}", `${name}%00`, `\${${name}}`];
  // A version has no letters that could be others.
  return all.filter((one) => one !== name);
}

export function meantAlert({ alertname, service, version }: Meant, fingerprint: string, over: object = {}): object {
  return { status: "firing", labels: { alertname, service, version }, annotations: { summary: "it fails" }, startsAt: isoTime(Date.now()), fingerprint, ...over };
}

export function webhookBody(...alerts: readonly unknown[]): Buffer {
  return Buffer.from(JSON.stringify({ version: "4", status: "firing", receiver: "rollpin", groupKey: "{}", truncatedAlerts: 0, alerts }));
}

/** With the token: of another service, or of this one and not what is meant. Of few fingerprints, so that there is room for what comes after. */
function strayLabels(random: Random, { alertname, service, version }: Meant): Record<string, unknown> {
  const labels: Record<string, unknown> = pick<Record<string, unknown>>(random, [
    { alertname, version, service: pick<unknown>(random, ["shop", "secret", "", "constructor", "__proto__", 7, null, [service], { toString: service }, junk(random, 20), ...lookalikes(service)]) },
    { alertname, service, version: pick<unknown>(random, ["9.9.9", "latest", 2, null, junk(random, 20), ...lookalikes(version)]) },
    { alertname, service },
    { service, version, alertname: pick<unknown>(random, ["Other", "", 1, junk(random, 30), ...lookalikes(alertname)]) },
    { alertname, version },
  ]);
  if (random() < 0.2) labels[junk(random, 10)] = junk(random, 300);
  if (random() < 0.1) labels["pod"] = "x".repeat(count(random, 10_000));
  if (random() < 0.1) labels[pick(random, ["Service", "service ", "SERVICE", "labels", "ſervice"])] = service;
  if (random() < 0.05) Object.defineProperty(labels, "__proto__", { value: { alertname, service, version }, enumerable: true });
  return labels;
}

function strayAlert(random: Random, meant: Meant): unknown {
  if (random() < 0.1) return pick<unknown>(random, [null, 1, [], "alert", { labels: [] }, { labels: { service: meant.service } }, { ...meant, status: "firing" }]);
  return {
    status: pick(random, ["firing", "firing", "resolved", "FIRING", junk(random, 5)]),
    labels: strayLabels(random, meant),
    annotations: pick<unknown>(random, [{}, null, { summary: junk(random, 2_000) }, { summary: {} }, "x"]),
    startsAt: pick(random, [isoTime(Date.now() - count(random, 1e6)), "2026-01-01T00:00:00.123456789+01:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "+275760-09-13T00:00:00Z", junk(random, 20)]),
    fingerprint: pick(random, [`f${count(random, 50).toString(16)}`, "__proto__", junk(random, 20)]),
    generatorURL: pick<unknown>(random, ["http://prometheus/graph", junk(random, 3_000), 1]),
  };
}

const NESTS = ["[", '{"a":', '[{"labels":', '{"alerts":['] as const;
const LARGEST = 3 * 1024 * 1024;

function bodyOf(random: Random, alerts: readonly unknown[]): Buffer {
  const whole = { version: pick<unknown>(random, ["4", "4", "4", "4", "3", 4, undefined]), status: "firing", alerts: random() < 0.05 ? junk(random, 5) : alerts, truncatedAlerts: pick<unknown>(random, [0, undefined, 1e9, "x"]) };
  const text = Buffer.from(JSON.stringify(whole));
  const kind = random();
  if (kind < 0.75) return text;
  if (kind < 0.85) return text.subarray(0, count(random, text.length));
  if (kind < 0.93) return Buffer.from(text.map((byte) => (random() < 0.01 ? count(random, 255) : byte)));
  if (kind < 0.96) return Buffer.from(junk(random, 2_000));
  if (kind < 0.99) return Buffer.from(`{"version":"4","alerts":${pick(random, NESTS).repeat(count(random, 20_000))}`);
  return Buffer.alloc(count(random, LARGEST), "x");
}

function strangersToken(random: Random, token: string): string {
  return pick(random, ["", "Bearer", "Bearer ", `Bearer ${token.slice(1)}`, `Bearer ${token.slice(0, -1)}`, `Bearer ${token}0`, `Bearer ${token} ${token}`, `Basic ${token}`, token, `Bearer ${token.toUpperCase()}`, `Bearer ${"x".repeat(4_000)}`]);
}

/** Alike a valid one in every other way, or the token is right and what is said isn't. */
export function drawWebhook(random: Random, token: string, meant: Meant): Sent {
  const isStranger = random() < 0.5;
  const authorization = isStranger ? strangersToken(random, token) : `Bearer ${token}`;
  const headers = { ...(authorization === "" ? {} : { Authorization: authorization }), ...(random() < 0.03 ? { "Content-Encoding": "gzip" } : {}) };
  const path = random() < 0.95 ? "/v1/alerts" : pick(random, ["/", "/v1/alerts/", `/v1/alerts?token=${token}`, `/v1/alerts?access_token=${token}`, "//x/v1/alerts", `/${"a".repeat(3_000)}`]);
  const method = random() < 0.97 ? "POST" : pick(random, ["PUT", "DELETE", "OPTIONS"]);
  const body = isStranger && random() < 0.6 ? webhookBody(meantAlert(meant, count(random, 1e9).toString(16))) : bodyOf(random, Array.from({ length: count(random, 8) }, () => strayAlert(random, meant)));
  return { headers, path, method, body };
}

/** Bytes that are no request. */
export function drawScribble(random: Random): string {
  return pick(random, [junk(random, 500), "POST /v1/alerts HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", "POST /v1/alerts HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", `GET / HTTP/1.1\r\nX: ${"y".repeat(20_000)}\r\n\r\n`]);
}
