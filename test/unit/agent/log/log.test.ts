import { describe, expect, it } from "vitest";
import { createLogger } from "../../../../agent/log.ts";
import { redact, redactPrinted } from "../../../../agent/redact.ts";

function logged(fields: object, message = "m"): Record<string, unknown> {
  const lines: string[] = [];
  const log = createLogger({ level: "info", base: { service: "checkout" }, destination: { write: (line) => void lines.push(line) } });
  log.info(fields, message);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^[^\n]*\n$/);
  return JSON.parse(lines[0] ?? "") as Record<string, unknown>;
}

describe("log", () => {
  it("writes one JSON line for each event, with time, level and base", () => {
    expect(logged({ revision: 7, note: "two\nlines" }, "applied")).toEqual({ level: "info", time: expect.stringMatching(/^\d{4}-.*Z$/), service: "checkout", revision: 7, note: "two\nlines", message: "applied" });
  });

  it("holds back what is below its level, and gives a child its fields", () => {
    const lines: string[] = [];
    const log = createLogger({ level: "warn", base: {}, destination: { write: (line) => void lines.push(line) } });
    log.info({}, "quiet");
    log.child({ applier: "exec", token: "hush" }).warn({}, "loud");
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([expect.objectContaining({ applier: "exec", token: "[redacted]", message: "loud" })]);
  });

  it.each([
    { token: "hush" },
    { consul: { tokenFile: "hush", http: { headers: { "X-Consul-Token": "hush", Authorization: "Bearer hush" } } } },
    { environment: { DB_PASSWORD: "hush", AWS_SECRET_ACCESS_KEY: "hush", API_KEY: "hush", CONSUL_HTTP_AUTH: "hush" } },
    { list: [{ passphrase: "hush" }] },
    { url: "https://user:hush@consul:8501/v1/kv/x?token=hush" },
    { cause: "GET failed (X-Consul-Token: hush)" },
    { cause: '{"authorization":"Basic hush"}' },
    { error: new Error("CONSUL_HTTP_TOKEN=hush is wrong") },
  ])("redacts %j", (fields) => {
    expect(JSON.stringify(logged(fields))).not.toContain("hush");
  });

  it("leaves alone what is no secret", () => {
    const fields = { revision: 3, url: "http://127.0.0.1:8500/v1/kv/x", author: "ann", hasToken: true, deep: { tokens: undefined } };
    expect(redact(fields)).toEqual(fields);
  });

  it("redacts the message too", () => {
    expect(logged({}, "GET http://ann:hush@consul:8500/v1/kv/x failed")["message"]).toBe("GET http://ann:[redacted]@consul:8500/v1/kv/x failed");
  });

  it("of what a program printed, takes out the secrets that it was given, however it words them", () => {
    const given = { DB_PASSWORD: "hush-hush", DB_USER: "shop-user", PIN_TOKEN: "1234" };
    expect(redactPrinted("login of shop-user with hush-hush failed at step 1234 | PIN_TOKEN=1234 HOME=/root", given)).toBe("login of shop-user with [redacted] failed at step 1234 | PIN_TOKEN=[redacted] HOME=/root");
  });
});
