import { chmod, lstat, mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createTemplateApplier } from "../../../agent/appliers/template.ts";
import { systemClock } from "../../../core/clock.ts";
import type { TemplateSettings } from "../../../core/config/agent-file.ts";
import type { Endpoint } from "../../../core/store/port.ts";
import { until } from "../../support/until.ts";
import { changeTo, never, noLog } from "./changes.ts";

let folder: string;
let endpoints: readonly Endpoint[] | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "rollpin-template-"));
  endpoints = [];
  await writeFile(join(folder, "app.liquid"), "v={{ version }}\n");
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Notes each reload, with what the file held then. */
const RELOAD = ["/bin/sh", "-c", "cat app.conf >> reloads; echo -- >> reloads"];
function template(settings: Partial<TemplateSettings> = {}) {
  return createTemplateApplier(
    { source: "app.liquid", target: "app.conf", timeout: 10_000, quiescence: { min: 20, max: 200 }, services: [], reload: RELOAD, ...settings },
    { folder, state: join(folder, "state"), clock: systemClock, log: noLog, endpoints: () => endpoints, pins: () => ({ stable: "2.0.0" }) },
  );
}
const read = async (name: string): Promise<string> => await readFile(join(folder, name), "utf8").catch(() => "");
const reloads = async (): Promise<number> => (await read("reloads")).split("--\n").length - 1;
const leftovers = async (): Promise<readonly string[]> => (await readdir(folder)).filter((name) => name.startsWith(".rollpin"));
const done = { ok: true, value: undefined };

describe("template", () => {
  it("renders, reloads once, and does nothing for the same content again", async () => {
    const applier = template();
    for (const _ of [1, 2, 3]) {
      expect(await applier.apply(changeTo("2.0.0"), never)).toEqual(done);
      expect(await applier.verify(changeTo("2.0.0"), never)).toEqual(done);
      await applier.settle(changeTo("2.0.0"));
    }
    expect(await read("app.conf")).toBe("v=2.0.0\n");
    expect(await reloads()).toBe(1);
  });

  it("checks the candidate, and leaves the file alone when the check refuses", async () => {
    await writeFile(join(folder, "app.conf"), "old");
    const applier = template({ check: ["/bin/sh", "-c", 'cp "$1" candidate; cp app.conf then; echo no good >&2; exit 1', "sh", "{{candidate}}"] });
    expect(await applier.apply(changeTo("2.0.0"), never)).toMatchObject({ ok: false, fault: { kind: "refused", message: expect.stringContaining("no good") } });
    expect([await read("candidate"), await read("then"), await read("app.conf"), await reloads(), await leftovers()]).toEqual(["v=2.0.0\n", "old", "old", 0, []]);
  });

  it("puts the old file back, and reloads again, when the reload fails", async () => {
    await writeFile(join(folder, "app.conf"), "old");
    const applier = template({ reload: ["/bin/sh", "-c", "cat app.conf >> reloads; echo -- >> reloads; ! grep -q v=2 app.conf"] });
    expect(await applier.apply(changeTo("2.0.0"), never)).toMatchObject({ ok: false, fault: { kind: "failed", message: expect.stringContaining("the old file is back") } });
    expect([await read("app.conf"), await read("reloads"), await leftovers()]).toEqual(["old", "v=2.0.0\n--\nold--\n", []]);
  });

  it("takes a file away again that wasn't there before", async () => {
    const applier = template({ reload: ["/bin/sh", "-c", "test ! -e app.conf"] });
    expect(await applier.apply(changeTo("2.0.0"), never)).toMatchObject({ ok: false, fault: { kind: "failed" } });
    await expect(stat(join(folder, "app.conf"))).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("says `broken` when the old file's reload fails too", async () => {
    await writeFile(join(folder, "app.conf"), "old");
    expect(await template({ reload: ["/bin/false"] }).apply(changeTo("2.0.0"), never)).toMatchObject({ ok: false, fault: { kind: "broken" } });
    expect(await read("app.conf")).toBe("old");
  });

  it("undoes byte by byte", async () => {
    await writeFile(join(folder, "app.conf"), Buffer.from([0xff, 0x00, 0x80]));
    const applier = template();
    await applier.apply(changeTo("2.0.0"), never);
    expect(await applier.undo(changeTo("2.0.0"), "failed")).toEqual(done);
    expect(await readFile(join(folder, "app.conf"))).toEqual(Buffer.from([0xff, 0x00, 0x80]));
    expect(await reloads()).toBe(2);
  });

  it("undoes nothing where it wrote nothing", async () => {
    await writeFile(join(folder, "app.conf"), "v=2.0.0\n");
    const applier = template();
    await applier.apply(changeTo("2.0.0"), never);
    await applier.undo(changeTo("2.0.0"), "failed");
    expect([await read("app.conf"), await reloads()]).toEqual(["v=2.0.0\n", 0]);
  });

  it("keeps the mode, and makes a new file for owner and group only", async () => {
    await writeFile(join(folder, "app.conf"), "old");
    await chmod(join(folder, "app.conf"), 0o604);
    await template().apply(changeTo("2.0.0"), never);
    expect((await stat(join(folder, "app.conf"))).mode & 0o7777).toBe(0o604);
    await template({ target: "new.conf" }).apply(changeTo("2.0.0"), never);
    expect((await stat(join(folder, "new.conf"))).mode & 0o7777).toBe(0o640);
  });

  it("writes where a link leads and keeps the link; a link to nothing is refused", async () => {
    await mkdir(join(folder, "real"));
    await writeFile(join(folder, "real/app.conf"), "old");
    await symlink("real/app.conf", join(folder, "app.conf"));
    expect(await template().apply(changeTo("2.0.0"), never)).toEqual(done);
    expect((await lstat(join(folder, "app.conf"))).isSymbolicLink()).toBe(true);
    expect(await read("real/app.conf")).toBe("v=2.0.0\n");
    await symlink("nowhere", join(folder, "lost.conf"));
    expect(await template({ target: "lost.conf" }).apply(changeTo("2.0.0"), never)).toMatchObject({ ok: false, fault: { kind: "refused", message: expect.stringContaining("link to nothing") } });
  });

  it("reloads after all when the agent was killed between rename and reload", async () => {
    const abort = new AbortController();
    const hung = template({ reload: ["/bin/sh", "-c", "test -e hung || { touch hung; sleep 100; }"], timeout: 60_000 });
    void hung.apply(changeTo("2.0.0"), abort.signal);
    await until("the reload hangs", async () => await stat(join(folder, "hung")).then(() => true, () => false));
    // As the next agent finds it: the file is there, its reload never confirmed.
    expect(await template().apply(changeTo("2.0.0"), never)).toEqual(done);
    expect(await reloads()).toBe(1);
    abort.abort();
    await hung.close("exit");
  });

  it("puts the old file back when something newer comes during the reload", async () => {
    await writeFile(join(folder, "app.conf"), "old");
    const abort = new AbortController();
    const applier = template({ reload: ["/bin/sh", "-c", "cat app.conf >> reloads; echo -- >> reloads; if grep -q v=2 app.conf; then touch hung; sleep 100; fi"] });
    const applied = applier.apply(changeTo("2.0.0"), abort.signal);
    await until("the reload hangs", async () => await stat(join(folder, "hung")).then(() => true, () => false));
    abort.abort();
    expect(await applied).toMatchObject({ ok: false, fault: { kind: "superseded" } });
    expect([await read("app.conf"), await reloads()]).toEqual(["old", 2]);
  });

  it("sees in verify that something else writes the file", async () => {
    const applier = template();
    await applier.apply(changeTo("2.0.0"), never);
    await writeFile(join(folder, "app.conf"), "mine");
    expect(await applier.verify(changeTo("2.0.0"), never)).toMatchObject({ ok: false, fault: { kind: "failed" } });
  });
});

describe("template refresh", () => {
  const endpoint = (id: string, port: number): Endpoint => ({ id, node: "n", address: "10.0.0.1", port, tags: [], meta: { version: "2.0.0" } });
  const SOURCE = "{% for e in endpoints.pay %}{{ e.id }}={{ e.port }} {% endfor %}";
  const started = async () => {
    await writeFile(join(folder, "app.liquid"), SOURCE);
    const applier = template({ services: ["pay"] });
    endpoints = [endpoint("b", 2), endpoint("a", 1)];
    expect(await applier.apply(changeTo("2.0.0"), never)).toEqual(done);
    return applier;
  };

  it("renders once for a burst, with what was known at its end", async () => {
    const applier = await started();
    await applier.settle(changeTo("2.0.0"));
    const answers = Array.from({ length: 5 }, async (_, index) => {
      endpoints = [endpoint("a", 10 + index)];
      return await applier.refresh(never);
    });
    expect(await Promise.all(answers)).toEqual([done, done, done, done, done]);
    expect([await read("app.conf"), await reloads()]).toEqual(["a=14 ", 2]);
  });

  it("writes nothing where only the order differs", async () => {
    const applier = await started();
    await applier.settle(changeTo("2.0.0"));
    endpoints = [...(endpoints ?? [])].reverse();
    await applier.refresh(never);
    expect([await read("app.conf"), await reloads()]).toEqual(["a=1 b=2 ", 1]);
  });

  it("waits while a change is under way, and makes it good once that is undone", async () => {
    const applier = await started();
    await applier.settle(changeTo("2.0.0"));
    endpoints = [endpoint("x", 5)];
    await applier.apply(changeTo("3.0.0"), never);
    endpoints = [endpoint("y", 6)];
    expect(await applier.refresh(never)).toEqual(done);
    expect(await read("app.conf")).toBe("x=5 ");
    await applier.undo(changeTo("3.0.0"), "failed");
    await until("the file is rendered again", async () => (await read("app.conf")) === "y=6 ");
    await applier.close("exit");
  });

  it("refuses while the instances are not known", async () => {
    const applier = template({ services: ["pay"] });
    endpoints = undefined;
    expect(await applier.check(changeTo("2.0.0"), never)).toMatchObject({ ok: false, fault: { kind: "refused", message: expect.stringContaining("instances of pay are not known yet") } });
  });
});
