import { describe, expect, test } from "vitest";
import { runCheck } from "../../../../cli/release/run-check.ts";

const node = (script: string) => [process.execPath, "-e", script];
const run = (script: string, { signal = new AbortController().signal, timeoutMs = 10_000 } = {}) => runCheck({ argv: node(script), env: { ROLLPIN_VERSION: "3.0.0" }, signal, timeoutMs });

describe("a command of a release check", () => {
  test.each<[string, string, unknown]>([
    ["exit 0", "", { kind: "passed" }],
    ["it sees what it is about", 'process.exit(process.env.ROLLPIN_VERSION === "3.0.0" ? 0 : 1)', { kind: "passed" }],
    ["another exit, with its last lines", 'console.log("one\\ntwo"); console.error("three\\nfour"); process.exitCode = 7', { kind: "failed", why: expect.stringMatching(/ ended with 7, saying last: .*four/) as string }],
    ["a signal", "process.kill(process.pid, 'SIGTERM'); setTimeout(() => {}, 5000)", { kind: "failed", why: expect.stringContaining(" ended with a signal") as string }],
  ])("%s", async (_, script, expected) => {
    expect(await run(script)).toEqual(expected);
  });

  test("it is ended when its time is over, with what it started", async () => {
    const script = 'const { pid } = require("node:child_process").spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "inherit" }); console.log(pid); setInterval(() => {}, 1000)';
    const end = await run(script, { timeoutMs: 1_500 });
    const [, pid] = end.kind === "failed" ? (/took longer than 1500 ms and was ended, saying last: (\d+)$/.exec(end.why) ?? []) : [];
    expect(Number(pid)).toBeGreaterThan(1);
    await expect.poll(() => isAlive(Number(pid)), { timeout: 5_000 }).toBe(false);
  });

  test("what it left behind goes with it, and isn't waited for", async () => {
    const end = await run('require("node:child_process").spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "inherit" }).unref(); process.exit(0)');
    expect(end).toEqual({ kind: "passed" });
  });

  test("Ctrl-C", async () => {
    expect(await run("setInterval(() => {}, 1000)", { signal: AbortSignal.timeout(300) })).toEqual({ kind: "interrupted" });
  });

  test("a program that isn't there", async () => {
    const end = await runCheck({ argv: ["/nowhere/at-all"], env: {}, signal: new AbortController().signal, timeoutMs: 1_000 });
    expect(end).toEqual({ kind: "failed", why: expect.stringContaining("/nowhere/at-all can't be started: ") as string });
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
