import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createExecApplier } from "../../../agent/appliers/exec.ts";
import { systemClock } from "../../../core/clock.ts";
import type { ExecSettings } from "../../../core/config/agent-file.ts";
import { until } from "../../support/until.ts";
import { changeTo, never, noLog } from "./changes.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "rollpin-exec-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const node = process.execPath;
function exec(script: string, settings: Partial<ExecSettings> = {}) {
  return createExecApplier({ command: [node, "-e", script], environment: {}, timeout: 10_000, ...settings }, { folder, clock: systemClock, log: noLog });
}
const read = async (name: string): Promise<string> => await readFile(join(folder, name), "utf8").catch(() => "");
const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};
/** A killed grandchild is a zombie until its new parent reaps it: gone, or `Z`. */
const hasEnded = async (pid: number): Promise<boolean> => !isAlive(pid) || / Z /.test(await readFile(`/proc/${pid}/stat`, "utf8").catch(() => ""));

describe("exec", () => {
  it("gives the change in the environment and as JSON on the input", async () => {
    const script = 'const fs=require("fs");fs.writeFileSync("seen",JSON.stringify({env:Object.fromEntries(Object.entries(process.env).filter(([k])=>k.startsWith("ROLLPIN_")&&!k.startsWith("ROLLPIN_TEST"))),change:JSON.parse(fs.readFileSync(0,"utf8"))}))';
    const change = changeTo("2.0.0", { config: "$(touch pwned); `x`\n" });
    expect(await exec(script).apply(change, never)).toEqual({ ok: true, value: undefined });
    const seen: unknown = JSON.parse(await read("seen"));
    expect(seen).toEqual({
      env: { ROLLPIN_SERVICE: "checkout", ROLLPIN_INSTANCE: "checkout-1", ROLLPIN_TRACK: "stable", ROLLPIN_REVISION: "7", ROLLPIN_DIGEST: "d7", ROLLPIN_VERSION: "2.0.0", ROLLPIN_FROM_VERSION: "1.0.0" },
      change: JSON.parse(JSON.stringify(change)),
    });
  });

  it("takes each argument as it is: there is no shell", async () => {
    const applier = exec("", { command: [node, "-e", 'require("fs").writeFileSync("args",JSON.stringify(process.argv.slice(1)))', "$HOME", "a b", "; touch x"] });
    await applier.apply(changeTo("2.0.0"), never);
    expect(JSON.parse(await read("args"))).toEqual(["$HOME", "a b", "; touch x"]);
  });

  it("does not mind a command that never reads a large input", async () => {
    expect(await exec("process.exit(0)").apply(changeTo("2.0.0", { config: "x".repeat(2 * 1024 * 1024) }), never)).toMatchObject({ ok: true });
  });

  it("says the exit code and the last lines, however much was printed", async () => {
    const applied = await exec('for(let i=0;i<200000;i++)process.stdout.write("noise "+i+"\\n");process.stderr.write("disk \\u001b[31mfull\\u001b[0m\\n");process.exitCode=3').apply(changeTo("2.0.0"), never);
    expect(applied).toMatchObject({ ok: false, fault: { kind: "failed", message: expect.stringContaining("exit code 3; it printed last: disk full") } });
  });

  it("takes the last lines of the output where nothing stands on standard error", async () => {
    const applied = await exec('for(let i=0;i<200000;i++)process.stdout.write("noise "+i+"\\n");process.exitCode=3').apply(changeTo("2.0.0"), never);
    const { message } = applied.ok ? { message: "" } : applied.fault;
    expect(message).toContain("noise 199999");
    expect(message.length).toBeLessThan(5_000);
  });

  it("answers `refused` for a program that isn't there", async () => {
    expect(await exec("", { command: ["/nowhere/program"] }).apply(changeTo("2.0.0"), never)).toMatchObject({ ok: false, fault: { kind: "refused", message: expect.stringContaining("/nowhere/program") } });
  });

  const WITH_GRANDCHILD = 'process.on("SIGTERM",()=>{});const c=require("child_process").spawn(process.execPath,["-e","process.on(\\"SIGTERM\\",()=>{});setInterval(()=>{},1000);process.stdout.write(\\"up\\")"],{stdio:["ignore","pipe","ignore"]});c.stdout.once("data",()=>require("fs").writeFileSync("pids",process.pid+" "+c.pid));setInterval(()=>{},1000)';

  it("kills the whole process group of a command that is out of time", async () => {
    const applied = await exec(WITH_GRANDCHILD, { timeout: 1_500 }).apply(changeTo("2.0.0"), never);
    expect(applied).toMatchObject({ ok: false, fault: { kind: "failed", message: expect.stringContaining("did not end within 1500 ms") } });
    const pids = (await read("pids")).split(" ").map(Number);
    expect(pids).toHaveLength(2);
    for (const pid of pids) await until(`${pid} has ended`, () => hasEnded(pid));
  });

  it("kills it when something newer comes, and answers `superseded`", async () => {
    const abort = new AbortController();
    const applied = exec(WITH_GRANDCHILD).apply(changeTo("2.0.0"), abort.signal);
    await until("the command is up", async () => (await read("pids")).includes(" "));
    abort.abort();
    expect(await applied).toMatchObject({ ok: false, fault: { kind: "superseded" } });
    for (const pid of (await read("pids")).split(" ").map(Number)) await until(`${pid} has ended`, () => hasEnded(pid));
  });

  it("does not wait for a grandchild that keeps the output open", async () => {
    const applied = await exec('const c=require("child_process").spawn(process.execPath,["-e","setTimeout(()=>{},20000)"],{stdio:"inherit",detached:true});require("fs").writeFileSync("pid",String(c.pid));c.unref()').apply(changeTo("2.0.0"), never);
    process.kill(Number(await read("pid")), "SIGKILL");
    expect(applied).toMatchObject({ ok: true });
  }, 10_000);

  const WRITE = 'require("fs").writeFileSync("undone",process.env.ROLLPIN_FROM_VERSION+">"+process.env.ROLLPIN_VERSION)';

  it("undoes with the change turned round", async () => {
    const applier = exec("", { undo: [node, "-e", WRITE] });
    await applier.apply(changeTo("2.0.0"), never);
    expect(await applier.undo(changeTo("2.0.0"), "failed")).toMatchObject({ ok: true });
    expect(await read("undone")).toBe("2.0.0>1.0.0");
  });

  it("undoes what a failed command may have done by half", async () => {
    expect(await exec("process.exit(1)", { undo: [node, "-e", WRITE] }).apply(changeTo("2.0.0"), never)).toMatchObject({ ok: false, fault: { kind: "failed" } });
    expect(await read("undone")).toBe("2.0.0>1.0.0");
  });

  it("says `broken` where nothing can take it back", async () => {
    expect(await exec("").undo(changeTo("2.0.0"), "failed")).toMatchObject({ ok: false, fault: { kind: "broken", message: expect.stringContaining('no "undo"') } });
    expect(await exec("process.exit(1)", { undo: [node, "-e", "process.exit(2)"] }).apply(changeTo("2.0.0"), never)).toMatchObject({ ok: false, fault: { kind: "broken" } });
  });

  it("runs nothing, not even what takes back, for a service that it doesn't lead any more", async () => {
    let leads = true;
    const settings: ExecSettings = { command: [node, "-e", "process.exit(1)"], undo: [node, "-e", WRITE], environment: {}, timeout: 10_000 };
    const applier = createExecApplier(settings, { folder, clock: systemClock, log: noLog, mayRun: async () => leads && !(leads = false) });
    expect(await applier.apply(changeTo("2.0.0"), never)).toMatchObject({ ok: false });
    expect(await applier.apply(changeTo("2.0.0"), never)).toMatchObject({ ok: false, fault: { message: expect.stringContaining("was not started: this agent can't show that it still leads") } });
    expect(await read("undone")).toBe("");
  });

  it("tells a command that acts for a service its generation and attempt", async () => {
    const applier = exec('require("fs").writeFileSync("run",process.env.ROLLPIN_GENERATION+" "+process.env.ROLLPIN_ATTEMPT)');
    await applier.apply(changeTo("2.0.0", { generation: 7, attempt: 2 }), never);
    expect(await read("run")).toBe("7 2");
  });

  it("hands no Consul credentials down", async () => {
    process.env["CONSUL_HTTP_TOKEN"] = "hush";
    await exec('require("fs").writeFileSync("token",String(process.env.CONSUL_HTTP_TOKEN))').apply(changeTo("2.0.0"), never);
    delete process.env["CONSUL_HTTP_TOKEN"];
    expect(await read("token")).toBe("undefined");
  });

  it("resolves its directory from the file's folder", async () => {
    await writeFile(join(folder, "run.sh"), "#!/bin/sh\ncat > got\n", { mode: 0o755 });
    expect(await exec("", { command: ["./run.sh"], directory: "." }).apply(changeTo("2.0.0"), never)).toMatchObject({ ok: true });
    expect(JSON.parse(await read("got"))).toMatchObject({ revision: 7 });
  });
});
