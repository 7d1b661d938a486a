import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createSignalFlag } from "../../../../agent/loop/signal-flag.ts";
import { readPointer } from "../../../../agent/observe/json-pointer.ts";
import { pollVersion } from "../../../../agent/observe/poll-version.ts";
import { readVersion } from "../../../../agent/observe/read-version.ts";
import { systemClock } from "../../../../core/clock.ts";
import { createMemoryStore } from "../../../../core/store/memory.ts";
import type { ObserveSettings } from "../../../../core/config/agent-file.ts";
import { until } from "../../../support/until.ts";

let folder: string;
let server: Server;
let url: string;
const bodies: Readonly<Record<string, string>> = { "/plain": " 1.2.3 \nbuilt today", "/json": '{"build":{"version":"2.0.0","a/b":"3"},"list":["4"],"n":5}', "/html": "<html>", "/huge": "1".repeat(200_000), "/empty": "" };
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "rollpin-observe-"));
  server = createServer((request, response) => {
    const body = bodies[request.url ?? ""];
    response.statusCode = body === undefined ? 503 : 200;
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await writeFile(join(folder, "VERSION"), "1.4.2\n");
  await writeFile(join(folder, "bad"), "../../etc");
});
afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true, force: true });
});

const read = async (source: ObserveSettings["version"]) => await readVersion(source, { folder, clock: systemClock, signal: new AbortController().signal, instance: "shop-1", catalog: store.catalog });
const ok = (value: string) => ({ ok: true, value });
const node = process.execPath;
const store = createMemoryStore();

describe("readVersion", () => {
  it.each([
    ["a file", () => ({ file: "VERSION" }), "1.4.2"],
    ["a command's first line", () => ({ command: [node, "-p", '"3.0.0\\nmore"'] }), "3.0.0"],
    ["a body's first line", () => ({ http: `${url}/plain` }), "1.2.3"],
    ["a place in JSON", () => ({ http: `${url}/json`, pointer: "/build/version" }), "2.0.0"],
    ["a number in JSON", () => ({ http: `${url}/json`, pointer: "/n" }), "5"],
  ])("reads %s", async (_, source, version) => {
    expect(await read(source())).toEqual({ ok: true, value: version });
  });

  it.each([
    ["a file that isn't there", () => ({ file: "nowhere" }), "ENOENT"],
    ["what is no version", () => ({ file: "bad" }), '"../../etc" is not a version'],
    ["a command that fails", () => ({ command: [node, "-e", "process.exit(4)"] }), "exit code 4"],
    ["a page", () => ({ http: `${url}/html` }), "is not a version"],
    ["an empty answer", () => ({ http: `${url}/empty` }), "is not a version"],
    ["an endless answer", () => ({ http: `${url}/huge` }), "longer than 65536 bytes"],
    ["another status", () => ({ http: `${url}/none` }), "it answers 503"],
    ["nobody there", () => ({ http: "http://127.0.0.1:1/" }), "ECONNREFUSED"],
    ["a place that isn't there", () => ({ http: `${url}/json`, pointer: "/build/none" }), "there is nothing"],
    ["a place that holds no text", () => ({ http: `${url}/json`, pointer: "/build" }), "there is no text"],
    ["what is no JSON", () => ({ http: `${url}/html`, pointer: "/x" }), "no JSON"],
  ])("says why it can't tell: %s", async (_, source, why) => {
    const told = await read(source());
    expect(told.ok ? told.value : told.fault).toMatch(/^the running version can't be told: /);
    expect(told.ok ? told.value : told.fault).toContain(why);
  });

  it.each([
    ["", "whole"],
    ["/build/a~1b", "3"],
    ["/list/0", "4"],
    ["/list/00", undefined],
    ["/list/length", undefined],
    ["/constructor", undefined],
    ["/build/version/0", undefined],
  ])("the pointer %j", (pointer, expected) => {
    const value: unknown = JSON.parse(bodies["/json"] ?? "");
    expect(readPointer(value, pointer)).toEqual(expected === "whole" ? value : expected);
  });
});

it("pollVersion looks at once when it is asked to", async () => {
  const ended = new AbortController();
  const asked = createSignalFlag();
  const told: string[] = [];
  await writeFile(join(folder, "polled"), "1.0.0");
  const polling = pollVersion({ interval: 3_600_000, version: { file: "polled" } }, { folder, clock: systemClock, signal: ended.signal, instance: "shop-1", catalog: store.catalog }, (version) => told.push(version.ok ? version.value : "?"), asked);
  await until("1.0.0", () => told.at(-1) === "1.0.0");
  await writeFile(join(folder, "polled"), "2.0.0");
  asked.raise();
  await until("2.0.0", () => told.at(-1) === "2.0.0");
  ended.abort();
  await polling;
});

describe("somebody else's registration", () => {
  it.each([
    ["a Meta key", { meta: "release" }, ok("1.4.2")],
    ["a tag", { tag: "v{{version}}" }, ok("1.4.2")],
    ["another id", { meta: "release", id: "shop-2" }, ok("1.5.0")],
    ["no such key", { meta: "build" }, expect.stringContaining('has no Meta "build"')],
    ["no such tag", { tag: "build-{{version}}" }, expect.stringContaining('has no tag like "build-{{version}}"')],
    ["no such id", { meta: "release", id: "shop-3" }, expect.stringContaining("no service with this id is registered")],
  ])("%s", async (_, source, expected) => {
    for (const [id, version] of [["shop-1", "1.4.2"], ["shop-2", "1.5.0"]] as const) await store.catalog.register({ id, service: "shop", tags: ["http", `v${version}`], meta: { release: version } });
    const answer = await read(source);
    expect(answer.ok ? answer : answer.fault).toEqual(expected);
  });
});

it("pollVersion tells the first answer and each that differs", async () => {
  const ended = new AbortController();
  const told: string[] = [];
  await writeFile(join(folder, "polled"), "1.0.0");
  const polling = pollVersion({ interval: 5, version: { file: "polled" } }, { folder, clock: systemClock, signal: ended.signal, instance: "shop-1", catalog: store.catalog }, (version) => told.push(version.ok ? version.value : "?"));
  await until("1.0.0", () => told.at(-1) === "1.0.0");
  await rm(join(folder, "polled"));
  await until("nothing", () => told.at(-1) === "?");
  await writeFile(join(folder, "polled.new"), "2.0.0");
  await import("node:fs/promises").then(({ rename }) => rename(join(folder, "polled.new"), join(folder, "polled")));
  await until("2.0.0", () => told.at(-1) === "2.0.0");
  ended.abort();
  await polling;
  expect(told).toEqual(["1.0.0", "?", "2.0.0"]);
});
