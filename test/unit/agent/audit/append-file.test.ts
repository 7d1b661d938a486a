import { copyFile, chmod, mkdir, mkdtemp, readFile, readdir, rename, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type AppendFile, openAppendFile } from "../../../../agent/audit/append-file.ts";
import { auditSchema } from "../../../../core/config/audit-settings.ts";
import { until } from "../../../support/until.ts";

let folder: string;
let path: string;
let now: number;
let faults: string[];
let mayRotate: boolean;
let opened: AppendFile[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "rollpin-append-"));
  path = join(folder, "log", "audit.jsonl");
  [now, faults, mayRotate, opened] = [Date.parse("2026-03-01T10:00:00.000Z"), [], true, []];
});
afterEach(async () => {
  for (const file of opened) await file.close();
  await rm(folder, { recursive: true, force: true });
});

function open(settings: Readonly<Record<string, unknown>> = {}): AppendFile {
  const parsed = auditSchema.parse({ file: "audit.jsonl", ...settings });
  const file = openAppendFile({ path, settings: () => parsed, mayRotate: () => mayRotate, clock: { now: () => now }, onRotateFault: (what) => faults.push(what) });
  opened.push(file);
  return file;
}
const append = (file: AppendFile, text: string) => file.append(Buffer.from(text));
const text = (name = "audit.jsonl") => readFile(join(folder, "log", name), "utf8");
const names = async () => (await readdir(join(folder, "log"))).sort();

it("makes file and folder for its user alone, and closes one that was open", async () => {
  expect(await append(open(), "")).toEqual({ bytes: 0, fault: undefined });
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect((await stat(join(folder, "log"))).mode & 0o777).toBe(0o700);
  await chmod(path, 0o644);
  await append(open({ sync: "batch" }), "a\n");
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await text()).toBe("a\n");
});

it("goes on in a new file where the name was moved away, and at the new end where it was cut", async () => {
  const file = open();
  await append(file, "a\n");
  await rename(path, `${path}.moved`);
  await append(file, "b\n");
  expect([await text("audit.jsonl.moved"), await text()]).toEqual(["a\n", "b\n"]);
  await copyFile(path, `${path}.copied`);
  await truncate(path);
  await append(file, "c\n");
  expect([await text("audit.jsonl.copied"), await text()]).toEqual(["b\n", "c\n"]);
  await rm(path);
  await append(file, "d\n");
  expect(await text()).toBe("d\n");
});

it("begins on a line of its own behind one that was torn", async () => {
  await append(open(), "a\n");
  await writeFile(path, 'a\n{"v":1,"ki');
  await append(open(), "b\n");
  expect(await text()).toBe('a\n{"v":1,"ki\nb\n');
});

it("rotates by size and keeps so many; another process that has the file follows", async () => {
  const [one, other] = [open({ maxBytes: 4096, keep: 2 }), open()];
  const filler = `${"x".repeat(4095)}\n`;
  await append(other, "");
  for (const first of ["a\n", "b\n", "c\n", "d\n"]) {
    await append(one, first);
    await append(one, filler);
  }
  expect(await names()).toEqual(["audit.jsonl", "audit.jsonl.1", "audit.jsonl.2"]);
  expect([await text("audit.jsonl.2"), await text("audit.jsonl.1"), await text()]).toEqual(["b\n", "c\n", "d\n"].map((first) => first + filler));
  await append(other, "e\n");
  expect(await text()).toBe(`d\n${filler}e\n`);
});

it("rotates by the age of the first row, also over a restart, and not while it may not", async () => {
  const row = (minute: number): string => `{"v":1,"kind":"call","at":"${new Date(now + minute * 60_000).toISOString()}"}\n`;
  await append(open({ maxAge: "1h" }), row(0));
  now += 59 * 60_000;
  // One in which nothing stands has no age.
  const file = open({ maxAge: "1h" });
  await append(file, row(0));
  expect(await names()).toEqual(["audit.jsonl"]);
  now += 60_000;
  mayRotate = false;
  await append(file, row(0));
  expect(await names()).toEqual(["audit.jsonl"]);
  mayRotate = true;
  await append(file, "new\n");
  expect([await text(), (await text("audit.jsonl.1")).split("\n").length]).toEqual(["new\n", 4]);
});

it("packs what it rotated, and what a former life left unpacked", async () => {
  await append(open({ maxBytes: 4096 }), `${"a".repeat(4096)}\n`);
  await append(open({ maxBytes: 4096 }), `${"b".repeat(4096)}\n`);
  expect(await names()).toEqual(["audit.jsonl", "audit.jsonl.1"]);
  const file = open({ maxBytes: 4096, gzip: true });
  await append(file, "c\n");
  const packed = await until("all is packed", async () => ((await names()).join() === "audit.jsonl,audit.jsonl.1.gz,audit.jsonl.2.gz" ? names() : undefined), { deadlineMs: 10_000 });
  expect(packed).toHaveLength(3);
  expect(gunzipSync(await readFile(`${path}.2.gz`)).toString()).toBe(`${"a".repeat(4096)}\n`);
  expect((await stat(`${path}.1.gz`)).mode & 0o777).toBe(0o600);
});

it("writes on where it can't rotate, and says so once a minute", async () => {
  const file = open({ maxBytes: 4096 });
  await append(file, `${"a".repeat(4096)}\n`);
  // A folder that isn't empty can't be removed as a file is.
  await mkdir(join(`${path}.99`, "full"), { recursive: true });
  expect(await append(file, "b\n")).toEqual({ bytes: 2, fault: undefined });
  await append(file, "c\n");
  expect(faults).toEqual([expect.stringMatching(/^.*audit\.jsonl can't be rotated: /)]);
  expect((await text()).endsWith("\nb\nc\n")).toBe(true);
});

it("says what can't be opened, and goes on when that is mended", async () => {
  await writeFile(join(folder, "log"), "a file, and no folder");
  const file = open();
  expect(await append(file, "a\n")).toEqual({ bytes: 0, fault: expect.stringMatching(/ENOTDIR|EEXIST/) as string });
  await rm(join(folder, "log"));
  expect(await append(file, "a\n")).toEqual({ bytes: 2, fault: undefined });
});
