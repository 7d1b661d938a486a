/** An audit log read beside a real Consul's history, in a process with little memory, and the command that is suggested, typed. */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type ConsulServer, startConsul } from "../../support/consul-server.ts";
import { expectExit } from "../stories/story.ts";

const ROWS = Number(process.env["ROLLPIN_AUDIT_ROWS"] ?? 30_000);
/** Of Node's heap: less than a tenth of a log of a million rows. */
const HEAP_MB = 64;
/** On a machine that is busy with other tests. */
const MOST_MS_A_ROW = 0.1;
const bin = fileURLToPath(new URL("../../../dist/rollpin.js", import.meta.url));

let consul: ConsulServer;
let folder: string;
beforeAll(async () => {
  [consul, folder] = await Promise.all([startConsul(), mkdtemp(join(tmpdir(), "rollpin-audit-"))]);
}, 120_000);
afterAll(() => Promise.all([consul.stop(), rm(folder, { recursive: true, force: true })]));

const run = (...words: readonly string[]) => expectExit(0, words, { consul: consul.address, environment: { XDG_STATE_HOME: folder } });

/** Half before the second revision, half after it, of which one in twenty fails. */
async function writeLog(file: string, changedMs: number): Promise<void> {
  const log = createWriteStream(file);
  for (let row = 0; row < ROWS; row += 1) {
    const isAfter = row >= ROWS / 2;
    const at = new Date(changedMs + row - ROWS / 2 + (isAfter ? 1 : 0)).toISOString();
    const line = JSON.stringify({ v: 1, kind: "call", at, caller: "frontend", service: "shop", version: isAfter ? "2.0.0" : "1.0.0", operation: `POST /pay/${row % 50}`, result: isAfter && row % 20 === 0 ? "failed" : "ok", ms: 31.5, trace: row.toString(16).padStart(32, "0") });
    if (!log.write(`${line}\n`)) await once(log, "drain");
  }
  log.end();
  await once(log, "close");
}

it("names the version and the change, and its command goes back", { timeout: 600_000 }, async () => {
  for (const version of ["1.0.0", "2.0.0"]) {
    await run("release", "register", "shop", version);
    await run("pin", "shop", version, "--yes", "--no-wait");
  }
  const { revisions } = JSON.parse((await run("history", "shop", "-o", "json")).stdout) as { revisions: readonly { readonly at: string }[] };
  const file = join(folder, "audit.jsonl");
  await writeLog(file, Date.parse(revisions[0]?.at ?? ""));
  const startedAt = performance.now();
  const { stdout } = await promisify(execFile)(process.execPath, [`--max-old-space-size=${HEAP_MB}`, bin, "audit", "analyze", "shop", "--file", file, "-o", "json"], { env: { ...process.env, CONSUL_HTTP_ADDR: consul.address } });
  const ms = performance.now() - startedAt;
  console.log(`= ${ROWS} rows read and judged in ${(ms / 1000).toFixed(1)} s with a heap of ${HEAP_MB} MB: ${Math.round((ROWS / ms) * 1000)} rows a second`);
  expect(JSON.parse(stdout)).toMatchObject({ rows: ROWS, badLines: 0, finding: { kind: "version", suspect: "2.0.0", better: "1.0.0" }, change: { revision: 2 }, suggestion: { kind: "previous", command: "rollpin rollback shop" } });
  expect(ms).toBeLessThan(10_000 + ROWS * MOST_MS_A_ROW);
  await run("rollback", "shop", "--yes", "--no-wait");
  expect(await consul.kv.get("rollpin/desired/shop/pin")).toBe("1.0.0");
});
