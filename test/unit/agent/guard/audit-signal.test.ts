/** Files that grow and are rotated while they are read. */
import { appendFile, copyFile, mkdtemp, rename, rm, truncate, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openAuditSignal } from "../../../../agent/guard/signals/audit-signal.ts";
import { type AuditSource, openAuditSource } from "../../../../agent/guard/signals/audit-source.ts";
import type { Log } from "../../../../agent/log.ts";
import { type Clock, systemClock } from "../../../../core/clock.ts";
import { until } from "../../../support/until.ts";

const QUICK: Clock = { ...systemClock, sleep: (ms, signal) => systemClock.sleep(Math.min(ms, 5), signal) };
const JUDGE = { confidence: 0.99, minSamples: 50, effect: { errors: 0.005, latency: 0.1 } };

let folder: string;
let file: string;
let said: string[];
let source: AuditSource | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "rollpin-audit-signal-"));
  [file, said, source] = [join(folder, "audit.jsonl"), [], undefined];
});
afterEach(async () => {
  await source?.close();
  await rm(folder, { recursive: true, force: true });
});

function open(): AuditSource {
  const say = (_: object, message: string): void => void said.push(message);
  const log: Log = { debug: say, info: say, warn: say, error: say, child: () => log };
  return (source = openAuditSource({ files: ["audit.jsonl"] }, { clock: QUICK, log, folder, guards: (service) => service === "checkout" }));
}

const ago = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();
const row = (version: string, minutes: number, result = "ok", service = "checkout"): string => JSON.stringify({ v: 1, kind: "call", at: ago(minutes), service, version, operation: "POST /pay", result });
const rows = (count: number, line: string): string => `${line}\n`.repeat(count);
const seen = (from: AuditSource, version: string) => from.since("checkout", version, 0);
const counted = (from: AuditSource, version: string, requests: number) => until(`${requests} of ${version} are counted`, () => seen(from, version).requests === requests, { deadlineMs: 10_000 });

it("reads what was rotated before, and goes on over every kind of rotation", async () => {
  await writeFile(`${file}.3.gz`, gzipSync(rows(30, row("1.0.0", 50))));
  await writeFile(`${file}.2`, rows(20, row("1.0.0", 40)));
  await writeFile(`${file}.9`, rows(500, row("1.0.0", 60)));
  await utimes(`${file}.9`, 1, 1);
  await writeFile(file, `${rows(10, row("1.0.0", 20))}no row\n`);
  const from = open();
  await counted(from, "1.0.0", 60);
  expect(from.badLines()).toBe(1);
  // A line that isn't whole yet is waited for.
  const [start, end] = [row("2.0.0", 1).slice(0, 20), row("2.0.0", 1).slice(20)];
  await appendFile(file, `${rows(5, row("2.0.0", 1))}${start}`);
  await counted(from, "2.0.0", 5);
  await rename(file, `${file}.1`);
  await appendFile(`${file}.1`, `${end}\n`);
  await writeFile(file, rows(7, row("2.0.0", 1)));
  await counted(from, "2.0.0", 13);
  await copyFile(file, `${file}.copy`);
  await truncate(file);
  await until("the cut was seen", async () => {
    await appendFile(file, rows(1, row("3.0.0", 0)));
    return seen(from, "3.0.0").requests > 0;
  });
  await rename(file, `${file}.gone`);
  await until("it is moved for a while", () => systemClock.sleep(30).then(() => true));
  await writeFile(file, rows(2, row("4.0.0", 0)));
  await counted(from, "4.0.0", 2);
  expect([from.fault(), from.badLines(), said]).toEqual([undefined, 1, []]);
});

it("says no-data while the file can't be read, what more calls fail by, and that a failed call is news", async () => {
  let news = 0;
  const from = open();
  const signal = openAuditSignal({}, from, { judge: JUDGE, service: "checkout", news: () => (news += 1), store: { clockOffsetMs: () => 0 } as never });
  const suspect = { service: "checkout", track: "stable", version: "2.0.0", baseline: "1.0.0", since: ago(10) };
  const read = () => signal.read(suspect, AbortSignal.timeout(1_000));
  expect(await read()).toMatchObject({ says: "no-data", summary: expect.stringMatching(/is being read$/) as string });
  await until("it was told", () => said.length > 0);
  expect(await read()).toMatchObject({ says: "no-data", summary: expect.stringMatching(/can't be read: ENOENT.*; see to "guard.audit.files" or to the file$/) as string });
  await writeFile(file, `${rows(100, row("1.0.0", 30))}${rows(60, row("2.0.0", 5))}`);
  await counted(from, "2.0.0", 60);
  expect(await read()).toMatchObject({ says: "good" });
  await appendFile(file, rows(3, row("9.0.0", 1, "failed", "elsewhere")));
  await appendFile(file, rows(40, row("2.0.0", 4, "failed")));
  await until("it is news", () => news > 0);
  expect(await read()).toMatchObject({ says: "bad", alike: false, summary: expect.stringContaining("2.0.0 failed 40 of 100 (40%), 1.0.0 failed 0 of 100 (0%) before it") as string });
  expect(said).toHaveLength(1);
  const before = news;
  await signal.close();
  await appendFile(file, rows(1, row("2.0.0", 4, "failed")));
  await counted(from, "2.0.0", 101);
  expect(news).toBe(before);
});
