import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as z from "zod/mini";
import { auditRowSchema } from "../../../../core/model/audit-row.ts";
import { systemClock } from "../../../../core/clock.ts";
import { commandLine } from "../command-line.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "rollpin-audit-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const at = (minute: number, second = 0): string => new Date(Date.parse("2026-03-01T10:00:00.000Z") + minute * 60_000 + second * 1000).toISOString();
const row = (minute: number, more: Readonly<Record<string, unknown>>): string => JSON.stringify({ v: 1, kind: "call", at: at(minute), service: "checkout", operation: "POST /pay", result: "ok", ...more });
const many = (count: number, line: (at: number) => string): string => Array.from({ length: count }, (_, index) => `${line(index)}\n`).join("");

/** Pinned at 10:01 to 1.0.0, at 10:10 to 2.0.0. */
async function shop() {
  let now = Date.parse(at(0));
  const cli = commandLine({ clock: { ...systemClock, now: () => now } });
  for (const version of ["1.0.0", "2.0.0"]) await cli.succeed("release", "register", "checkout", version);
  for (const [minute, version] of [[1, "1.0.0"], [10, "2.0.0"]] as const) {
    now = Date.parse(at(minute));
    await cli.succeed("pin", "checkout", version, "--reason", `to ${version}`, "--yes", "--no-wait");
  }
  now = Date.parse(at(30));
  return cli;
}

test("from a log and what it was rotated to: the version, the change, the step, and what to type", async () => {
  const file = join(folder, "audit.jsonl");
  await writeFile(`${file}.2.gz`, gzipSync(many(300, () => row(2, { version: "1.0.0" }))));
  await writeFile(`${file}.1`, many(300, () => row(9, { version: "1.0.0" })));
  const failing = (index: number): string => [row(11, { version: "2.0.0", result: "failed", status: 502, trace: `t${index}` }), row(11, { caller: "checkout", service: "payments", version: "3.1.0", operation: "POST /charge", result: "failed", trace: `t${index}` })].join("\n");
  await writeFile(file, `${many(100, () => row(12, { version: "2.0.0" }))}${many(40, failing)}{"kind":\nnot json\n\n${row(13, { version: "" })}`);
  const cli = await shop();
  const seen = await cli.json("audit-analysis", "audit", "analyze", "checkout", "--file", file);
  expect(seen).toMatchObject({
    exit: 0,
    files: [`${file}.2.gz`, `${file}.1`, file],
    rows: 780,
    badLines: 3,
    versions: [{ version: "1.0.0", calls: 600, failures: 0, firstBad: null, lastGood: { at: at(9), place: `${file}.1:300` } }, { version: "2.0.0", calls: 140, failures: 40, firstBad: { at: at(11), place: `${file}:101`, trace: "t0" }, below: [{ service: "payments", version: "3.1.0", operation: "POST /charge", failures: 40 }] }],
    finding: { kind: "version", suspect: "2.0.0", better: "1.0.0" },
    change: { revision: 2, kind: "pin", at: at(10), reason: "to 2.0.0" },
    suggestion: { kind: "previous", command: "rollpin rollback checkout" },
  });
  expect(seen.bad.map(({ place }) => place)).toEqual([181, 182, 184].map((line) => `${file}:${line}`));
  const { stdout } = await cli.succeed("audit", "analyze", "checkout", "--file", file);
  expect(stdout).toContain("2.0.0 fails more than 1.0.0: 28.6% of 140 against 0% of 600");
  expect(stdout).toContain('just before: revision 2, pin by');
  expect(stdout).toContain("in the call to payments 3.1.0, POST /charge: 40");
  expect(stdout).toContain("\n    rollpin rollback checkout\n");
});

test("--since leaves out what came before", async () => {
  const file = join(folder, "since.jsonl");
  await writeFile(file, `${many(200, () => row(2, { version: "1.0.0", result: "failed" }))}${many(200, () => row(20, { version: "2.0.0" }))}`);
  const cli = await shop();
  expect(await cli.json("audit-analysis", "audit", "analyze", "checkout", "--file", file, "--since", at(15))).toMatchObject({ versions: [{ version: "2.0.0", calls: 200 }], finding: { kind: "nothing" }, suggestion: { command: null } });
  expect((await cli.run("audit", "analyze", "checkout", "--file", file, "--since", "yesterday")).exit).toBe(2);
});

test("lines of any length and bytes, and a file that is cut off, are no reason to stop", async () => {
  const file = join(folder, "odd.jsonl");
  await writeFile(file, Buffer.concat([Buffer.from(`${row(2, { version: "1.0.0" })}\n`), Buffer.from([0xff, 0xfe, 10]), Buffer.alloc(3 * 1024 * 1024, "x"), Buffer.from(`\n${row(2, { version: "1.0.0" })}\r\n${row(3, { version: "1.0.0" })}`)]));
  const whole = gzipSync(many(5000, (index) => row(2, { version: "1.0.0", trace: `t${index}` })));
  await writeFile(`${file}.1.gz`, whole.subarray(0, whole.length - 200));
  const cli = await shop();
  const seen = await cli.json("audit-analysis", "audit", "analyze", "checkout", "--file", file);
  expect(seen.versions[0]?.calls).toBeGreaterThan(3);
  expect(seen.bad.map(({ place, why }) => [place, why.slice(0, 26)])).toEqual([[`${file}.1.gz`, "it can't be read to its en"], [`${file}:2`, "it is no JSON"], [`${file}:3`, "it is longer than 1048576 "]]);
});

test("bad usage: no file, one that isn't there, an unknown service", async () => {
  const cli = await shop();
  expect(await cli.run("audit", "analyze", "checkout")).toMatchObject({ exit: 2, stderr: expect.stringContaining("--file") as string });
  expect((await cli.run("audit", "analyze", "checkout", "--file", join(folder, "none.jsonl"))).exit).toBe(2);
  const file = join(folder, "empty.jsonl");
  await writeFile(file, "");
  expect((await cli.run("audit", "analyze", "chekout", "--file", file)).exit).toBe(2);
  expect((await cli.succeed("audit", "analyze", "checkout", "--file", file)).stdout).toContain("0 calls of 0 rows in 1 file");
});

test("the published schema is the one that is used", async () => {
  const schema = z.toJSONSchema(auditRowSchema, { io: "input", target: "draft-7" });
  const named = { title: "rollpin audit row", description: "One line of an audit log. docs/reference/audit.md says what it means.", ...schema };
  await expect(`${JSON.stringify(named, undefined, 2)}\n`).toMatchFileSnapshot("../../../../docs/reference/audit.schema.json");
});
