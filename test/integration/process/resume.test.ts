import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { systemClock } from "../../../core/clock.ts";
import { recordPath } from "../../../agent/process/process-record.ts";
import { pidOf } from "../../support/pid-of.ts";
import { until } from "../../support/until.ts";
import { BESIDE, type Rig, ask, createRig } from "./rig.ts";

let rig: Rig;
afterEach(() => rig.end());

const recordOf = (rig: Rig): string => recordPath(join(rig.folder, "state", "process", rig.instance));

it("the service outlives its agent, and the next one holds it again", async () => {
  rig = await createRig();
  await rig.deliver("1.0.0", "good");
  await rig.deliver("2.0.0", "good");
  await rig.go(rig.change({ version: "1.0.0" }));
  const before = rig.applier.observe();
  await rig.applier.close("exit");
  expect(await ask(rig.endpoint())).toBe("1.0.0");
  const next = rig.restartAgent();
  await next.resume();
  expect(next.observe()).toEqual(before);
  await until("clients are told again", () => rig.announced.length === 2);
  expect(await rig.go(rig.change({ version: "2.0.0" }))).toMatchObject({ ok: true });
  await until("only the new one is left", () => rig.processes().length === 1);
  expect(await ask(rig.endpoint())).toBe("2.0.0");
});

it("what serves is held though its agent died before it had seen that", async () => {
  rig = await createRig();
  await rig.deliver("1.0.0", "good");
  await rig.go(rig.change({ version: "1.0.0" }));
  const before = rig.applier.observe();
  await rig.applier.close("exit");
  await writeFile(recordOf(rig), (await readFile(recordOf(rig), "utf8")).replace('"ready":true', '"ready":false'));
  const next = rig.restartAgent();
  await next.resume();
  expect(next.observe()).toEqual(before);
});

it("the crash of an adopted process is noticed and answered", async () => {
  rig = await createRig();
  await rig.deliver("1.0.0", "crashes-on-request");
  await rig.go(rig.change({ version: "1.0.0" }));
  await rig.applier.close("exit");
  const next = rig.restartAgent();
  await next.resume();
  const before = next.observe();
  await ask(`${rig.endpoint()}/crash`).catch(() => undefined);
  const after = await until("it runs again", () => {
    const now = next.observe();
    return now.state === "running" && now.pid !== before.pid && now;
  });
  expect(after.port).toBe(before.port);
});

it("what died while no agent was there is started again, in the version it had", async () => {
  rig = await createRig();
  await rig.deliver("1.0.0", "good");
  await rig.go(rig.change({ version: "1.0.0", config: "a: 1" }));
  const pid = pidOf(rig.applier.observe());
  await rig.applier.close("exit");
  process.kill(pid, "SIGKILL");
  await until("it is gone", () => rig.processes().length === 0);
  const next = rig.restartAgent();
  await next.resume();
  await until("it runs again", () => next.observe().state === "running");
  await until("clients are told", () => rig.announced.length === 2);
  expect(await ask(rig.endpoint())).toBe("1.0.0");
  expect(await ask(`${rig.endpoint()}/config`)).toBe("a: 1");
});

it("a pid that is another process by now is left alone", async () => {
  rig = await createRig();
  await rig.deliver("1.0.0", "good");
  await rig.go(rig.change({ version: "1.0.0" }));
  const { pid = 0 } = rig.applier.observe();
  await rig.applier.close("exit");
  const record = await readFile(recordOf(rig), "utf8");
  // The same record, but of a process that carried another token and began at another time.
  const forged = record.replace(/"token":"[0-9a-f]{32}"/, `"token":"${"0".repeat(32)}"`).replace(/"startTime":"[^"]+"/, '"startTime":"another"');
  await writeFile(recordOf(rig), forged);
  const next = rig.restartAgent();
  await next.resume();
  await until("one was started beside it", () => next.observe().state === "running");
  expect(next.observe().pid).not.toBe(pid);
  expect(rig.processes()).toContain(pid);
});

it("undo of a switch that a former agent made goes back to what was before", async () => {
  rig = await createRig();
  await rig.deliver("1.0.0", "good");
  await rig.deliver("2.0.0", "good");
  await rig.go(rig.change({ version: "1.0.0", config: "a: 1" }));
  const change = rig.change({ version: "2.0.0" });
  const { signal } = new AbortController();
  expect(await rig.applier.apply(change, signal)).toMatchObject({ ok: true });
  await rig.applier.close("reload");
  const next = rig.restartAgent();
  await next.resume();
  expect(await next.apply(change, signal)).toMatchObject({ ok: true });
  expect(next.observe()).toMatchObject({ state: "running", version: "2.0.0" });
  expect(await next.undo(change, "failed")).toMatchObject({ ok: true });
  expect(next.observe()).toMatchObject({ state: "running", version: "1.0.0" });
  expect(await ask(`${rig.endpoint()}/config`)).toBe("a: 1");
  await until("only that is left", () => rig.processes().length === 1);
});

it("onAgentExit: stop stops it", async () => {
  rig = await createRig({ ...BESIDE, onAgentExit: "stop" });
  await rig.deliver("1.0.0", "good");
  await rig.go(rig.change({ version: "1.0.0" }));
  await rig.applier.close("reload");
  expect(rig.processes()).toHaveLength(1);
  const next = rig.restartAgent();
  await next.resume();
  await next.close("exit");
  expect(rig.processes()).toEqual([]);
});

it("a reload in the middle of a drain hands the former process on", async () => {
  rig = await createRig({ ...BESIDE, drain: "1s" });
  await rig.deliver("1.0.0", "good");
  await rig.deliver("2.0.0", "good");
  await rig.go(rig.change({ version: "1.0.0" }));
  await rig.go(rig.change({ version: "2.0.0" }));
  const startedAt = systemClock.monotonic();
  await rig.applier.close("reload");
  expect(systemClock.monotonic() - startedAt).toBeLessThan(900);
  expect(rig.processes()).toHaveLength(2);
  const next = rig.restartAgent();
  await next.resume();
  expect(next.observe()).toMatchObject({ state: "running", version: "2.0.0" });
  await until("the former one is gone", () => rig.processes().length === 1);
});

it("a record that can't be read is told, and nothing is taken from it", async () => {
  rig = await createRig();
  await rig.deliver("1.0.0", "good");
  await rig.go(rig.change({ version: "1.0.0" }));
  await rig.applier.close("exit");
  await writeFile(recordOf(rig), '{"format": 1, "processes": [{"token"');
  const next = rig.restartAgent();
  await next.resume();
  expect(next.observe().state).toBe("none");
  expect(rig.events.at(-1)).toMatchObject({ event: "record-unreadable", message: expect.stringContaining("processes.json") });
});
