import { execFileSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createGate } from "../../../../agent/local-http/gate.ts";
import { type LocalHttp, serveLocalHttp } from "../../../../agent/local-http/serve.ts";
import type { AgentState } from "../../../../agent/local-http/state.ts";
import { createLogger } from "../../../../agent/log.ts";

const TOKEN = "7f3a9c51e0b84d26";
const state: AgentState = {
  record: { service: "checkout", instance: "c-1", track: "stable", actuator: "instance", status: "held", reason: { code: "denied", message: "the reason" }, revision: 7, seen: 7, agent: { version: "0.1.0", startedAt: "2026-01-01T00:00:00.000Z" }, at: "2026-01-01T00:00:00.000Z" },
  consul: { connected: true, sinceMs: 5_000 },
  refused: [],
  counters: {},
};

let folder = "";
let tokenFile = "";
let lines: string[] = [];
let served: LocalHttp | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "rollpin-gate-"));
  tokenFile = join(folder, "token");
  lines = [];
  await putToken(`${TOKEN}\n`);
});
afterEach(async () => {
  await served?.close();
  served = undefined;
  await rm(folder, { recursive: true, force: true });
});

async function putToken(text: string, mode = 0o600): Promise<void> {
  await writeFile(`${tokenFile}.new`, text);
  await chmod(`${tokenFile}.new`, mode);
  await rename(`${tokenFile}.new`, tokenFile);
}

/** On every address of this machine, with a token; its port. */
async function serve({ patienceMs, listen = "0.0.0.0:0" }: { readonly patienceMs?: number; readonly listen?: string } = {}): Promise<number> {
  const log = createLogger({ level: "debug", base: {}, destination: { write: (line) => void lines.push(line) } });
  const started = await serveLocalHttp(listen, { state: () => state, drainApplySeconds: () => [], version: "0.1.0", gate: await createGate(tokenFile, log), patienceMs });
  if (!started.ok) throw new Error(started.fault);
  served = started.value;
  return Number(served.address.split(":").at(-1));
}

/** Everything that comes back until the other side ends the connection. */
function exchange(port: number, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect({ port, host: "127.0.0.1" }, () => socket.write(bytes, "latin1"));
    socket.on("data", (chunk) => chunks.push(chunk));
    // What was sent after a refusal isn't read, so a reset may follow it.
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(Buffer.concat(chunks).toString("latin1")));
  });
}

const request = (target: string, ...headers: readonly string[]): string => `${[`GET ${target} HTTP/1.1`, "Host: node-7.internal:7070", ...headers, "Connection: close"].join("\r\n")}\r\n\r\n`;
const bearer = (token: string): string => `Authorization: Bearer ${token}`;
const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1]);
const bodyOf = (answer: string): string => answer.split("\r\n\r\n")[1] ?? "";

describe("local HTTP with a token", () => {
  it("gives everything to whoever has it, whatever name the host was called by", async () => {
    const port = await serve();
    expect(bodyOf(await exchange(port, request("/v1/state", bearer(TOKEN))))).toContain('"AgentState"');
    expect(statusOf(await exchange(port, request("/metrics", `authorization:  bearer  ${TOKEN} `)))).toBe(200);
    expect(await exchange(port, request("/readyz", bearer(TOKEN)))).toContain("the reason");
  });

  it("tells everyone whether agent and instance are well, and no more", async () => {
    const port = await serve();
    expect(await exchange(port, request("/healthz"))).toMatch(/^HTTP\/1\.1 200 [\s\S]*\r\n\r\nok\n$/);
    expect(await exchange(port, request("/readyz"))).toMatch(/^HTTP\/1\.1 503 [\s\S]*\r\n\r\nnot ready\n$/);
  });

  it.each([
    ["no token", []],
    ["another token", [bearer("0".repeat(TOKEN.length))]],
    ["its beginning", [bearer(TOKEN.slice(0, -1))]],
    ["more than it", [bearer(`${TOKEN}0`)]],
    ["a long one", [bearer(TOKEN.repeat(400))]],
    ["an empty one", ["Authorization: Bearer "]],
    ["another scheme", [`Authorization: Basic ${TOKEN}`]],
    ["none of a scheme", [`Authorization: ${TOKEN}`]],
    ["two in one", [bearer(`${TOKEN} ${TOKEN}`)]],
    ["a second one that is right", [bearer("wrong"), bearer(TOKEN)]],
    ["one in another header", [`X-Consul-Token: ${TOKEN}`]],
  ])("refuses everything else with one line: %s", async (_, headers) => {
    const port = await serve();
    for (const target of ["/v1/state", "/metrics", "/", "/healthz/../v1/state", "/nowhere", `/v1/state?token=${TOKEN}`]) {
      const answer = await exchange(port, request(target, ...headers));
      expect(statusOf(answer), target).toBe(401);
      expect(answer).toContain("WWW-Authenticate: Bearer");
      expect(bodyOf(answer)).toBe("give this agent's token: Authorization: Bearer <token>\n");
    }
    expect(lines.join("")).not.toContain(TOKEN);
  });

  it("refuses pages of other origins all the same", async () => {
    const port = await serve();
    expect(statusOf(await exchange(port, request("/v1/state", bearer(TOKEN), "Origin: https://evil.example")))).toBe(403);
    expect(statusOf(await exchange(port, request("/v1/state", bearer(TOKEN), "Sec-Fetch-Site: cross-site")))).toBe(403);
  });

  it("takes a token that was replaced at the next request", async () => {
    const port = await serve();
    await putToken("another-token-of-some-length");
    expect(statusOf(await exchange(port, request("/metrics", bearer(TOKEN))))).toBe(401);
    expect(statusOf(await exchange(port, request("/metrics", bearer("another-token-of-some-length"))))).toBe(200);
  });

  it.each([
    ["is missing", async () => rm(tokenFile), /can't be read: ENOENT/],
    ["is empty", async () => putToken(" \n"), /is empty/],
    ["is short", async () => putToken("short"), /too short: at least 16 characters/],
    ["holds two words", async () => putToken(`${TOKEN} ${TOKEN}`), /more than a token/],
    ["is a gigabyte of something", async () => putToken("x".repeat(5_000)), /has 5000 bytes/],
    ["can be read by everyone", async () => putToken(TOKEN, 0o644), /mode 0644.*0600, or 0640/],
    ["can be written by its group", async () => putToken(TOKEN, 0o660), /mode 0660/],
    ["is a folder", async () => (await rm(tokenFile), await mkdir(tokenFile)), /is no file/],
    ["is a FIFO that nobody writes to", async () => (await rm(tokenFile), void execFileSync("mkfifo", ["-m", "600", tokenFile])), /is no file/],
  ])("lets nobody in where the file %s, says so once, and goes on when it is mended", async (_, spoil, why) => {
    const port = await serve();
    await spoil();
    for (const token of [TOKEN, "", "undefined", "short"]) expect(statusOf(await exchange(port, request("/v1/state", bearer(token))))).toBe(503);
    expect(statusOf(await exchange(port, request("/healthz")))).toBe(200);
    expect(lines.filter((line) => line.includes("lets nobody in"))).toEqual([expect.stringMatching(why)]);
    await rm(tokenFile, { recursive: true, force: true });
    await putToken(TOKEN, 0o640);
    expect(statusOf(await exchange(port, request("/v1/state", bearer(TOKEN))))).toBe(200);
  });
});

describe("local HTTP under bytes that are no proper request", () => {
  const BAD: readonly (readonly [string, string, number])[] = [
    ["an absolute target", request("http://127.0.0.1/v1/state", bearer(TOKEN)), 400],
    ["an absolute target of another host", request("http://evil.example/v1/state", bearer(TOKEN)), 400],
    ["a target of *", request("*", bearer(TOKEN)), 400],
    ["two hosts", request("/v1/state", bearer(TOKEN), "Host: evil.example"), 400],
    ["no host", `GET /v1/state HTTP/1.1\r\n${bearer(TOKEN)}\r\n\r\n`, 400],
    ["no such method", "BREW /v1/state HTTP/1.1\r\nHost: x\r\n\r\n", 400],
    ["TRACE", `TRACE /v1/state HTTP/1.1\r\nHost: x\r\n${bearer(TOKEN)}\r\n\r\n`, 405],
    ["a header without a name", request("/v1/state", ": x"), 400],
    ["a header with a bare line feed", request("/v1/state", `X: a\nY: b\rZ`), 400],
    ["a header with NUL", request("/v1/state", `X: a\0b`), 400],
    ["headers without an end to them", request("/v1/state", ...Array.from({ length: 400 }, (_, at) => `X-${at}: ${"x".repeat(100)}`)), 431],
    ["one huge header", request("/v1/state", bearer("x".repeat(20_000))), 431],
    ["two lengths", request("/v1/state", bearer(TOKEN), "Content-Length: 0", "Content-Length: 5"), 400],
    ["a length beside chunks", request("/v1/state", bearer(TOKEN), "Content-Length: 5", "Transfer-Encoding: chunked"), 400],
    ["an expectation", request("/v1/state", bearer(TOKEN), "Expect: a-pony"), 417],
    ["TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400],
    ["HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400],
  ];
  it.each(BAD)("%s", async (_, bytes, status) => {
    const port = await serve();
    const answer = await exchange(port, bytes);
    expect(statusOf(answer)).toBe(status);
    expect(answer).not.toContain("AgentState");
    expect(statusOf(await exchange(port, request("/healthz")))).toBe(200);
  });

  it("CONNECT gets nothing through", async () => {
    expect(await exchange(await serve(), `CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: x\r\n${bearer(TOKEN)}\r\n\r\n`)).toBe("");
  });

  it("an upgrade is no way round the token", async () => {
    expect(statusOf(await exchange(await serve(), request("/v1/state", "Upgrade: websocket").replace("Connection: close", "Connection: upgrade")))).toBe(401);
  });

  it("of requests sent at once, those after a refusal are not looked at", async () => {
    const kept = (target: string, ...headers: readonly string[]): string => request(target, ...headers).replace("Connection: close\r\n", "");
    const answer = await exchange(await serve(), kept("/healthz") + kept("/v1/state") + kept("/v1/state", bearer(TOKEN)) + kept("/metrics", bearer(TOKEN)));
    expect(answer.match(/HTTP\/1\.1 \d{3}/g)).toEqual(["HTTP/1.1 200", "HTTP/1.1 401"]);
  });

  it.each([
    ["nothing at all", ""],
    ["half a line", "GET /v1/st"],
    ["headers that don't end", "GET /v1/state HTTP/1.1\r\nHost: x\r\n"],
  ])("a connection that sends %s is ended", async (_, bytes) => {
    const answer = await exchange(await serve({ patienceMs: 200 }), bytes);
    expect(answer).toMatch(/^(HTTP\/1\.1 408 |$)/);
  });
});
