import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Entry, keepRecord, readEntries, withEntry } from "../../../../agent/process/process-record.ts";
import type { Clock } from "../../../../core/clock.ts";

const entry: Entry = { token: "0".repeat(32), version: "1.0.0", revision: 1, role: "current", ready: true };

let folder: string;
let pauses: (() => void)[];
const clock: Clock = { now: () => 0, monotonic: () => 0, sleep: () => new Promise((resolve) => pauses.push(resolve)) };
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), "rollpin-record-")), "process");
  pauses = [];
});
afterEach(() => rm(join(folder, ".."), { recursive: true }));

it("is written when the disk takes it, though nobody writes to it again", async () => {
  const faults: string[] = [];
  const closing = new AbortController();
  const record = keepRecord(folder, [], { clock, closing: closing.signal, onFault: (message) => faults.push(message) });
  // No folder can be made where a file is.
  await writeFile(folder, "");
  expect(await record.write(withEntry(entry))).toMatchObject({ ok: false });
  expect(faults).toEqual([expect.stringContaining(join(folder, "processes.json"))]);
  expect(record.entries()).toEqual([entry]);

  pauses.shift()?.();
  await expect.poll(() => pauses.length).toBe(1);
  await rm(folder);
  pauses.shift()?.();
  await expect.poll(() => readEntries(folder)).toEqual({ ok: true, value: [entry] });
});

it("leaves it where the agent goes", async () => {
  const closing = new AbortController();
  const record = keepRecord(folder, [], { clock, closing: closing.signal, onFault: () => undefined });
  await writeFile(folder, "");
  await record.write(withEntry(entry));
  closing.abort();
  await rm(folder);
  pauses.shift()?.();
  expect(await readEntries(folder)).toEqual({ ok: true, value: [] });
  expect(pauses).toEqual([]);
});
