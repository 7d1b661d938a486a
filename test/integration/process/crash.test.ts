import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { pidOf } from "../../support/pid-of.ts";
import { until } from "../../support/until.ts";
import { BESIDE, type Rig, ask, createRig } from "./rig.ts";

let rig: Rig;
afterEach(() => rig.end());

it("a crash is answered by a restart on the same port, so that the catalog stays right", async () => {
  rig = await createRig();
  await rig.deliver("1.0.0", "crashes-on-request");
  await rig.go(rig.change({ version: "1.0.0" }));
  const before = rig.applier.observe();
  await ask(`${rig.endpoint()}/crash`).catch(() => undefined);
  const after = await until("it runs again", () => {
    const now = rig.applier.observe();
    return now.state === "running" && now.pid !== before.pid && now;
  });
  expect(after.port).toBe(before.port);
  expect(rig.announced).toHaveLength(1);
  expect(rig.events).toContainEqual(expect.objectContaining({ event: "exited", how: "exited with code 5" }));
  expect(rig.processes()).toEqual([after.pid]);
});

it("a crash that leaves a grandchild on the port is restarted there all the same", async () => {
  rig = await createRig();
  await rig.deliver("1.0.0", "grandchild-holds-port");
  await rig.go(rig.change({ version: "1.0.0" }));
  const before = rig.applier.observe();
  process.kill(pidOf(before), "SIGKILL");
  const after = await until("it runs again", () => {
    const now = rig.applier.observe();
    return now.state === "running" && now.pid !== before.pid && now;
  });
  expect(after.port).toBe(before.port);
  expect(rig.processes()).toHaveLength(2);
});

it("a crash loop stalls with the last lines, and a new change leaves it", async () => {
  rig = await createRig({ ...BESIDE, crashes: 2, crashWindow: "20s", environment: { CRASH_FILE: "./crash" } });
  await rig.deliver("1.0.0", "crashes-on-request");
  await rig.deliver("2.0.0", "good");
  await rig.go(rig.change({ version: "1.0.0" }));
  await writeFile(join(rig.folder, "crash"), "");
  await ask(`${rig.endpoint()}/crash`).catch(() => undefined);
  const stalled = await until("it stalls", () => {
    const now = rig.applier.observe();
    return now.state === "stalled" && now;
  });
  expect(stalled).toMatchObject({ version: "1.0.0", lastLines: expect.stringContaining("the settings are still wrong") });
  expect(stalled.message).toContain("crashed 3 times within 20 s");
  expect(rig.processes()).toEqual([]);
  await rm(join(rig.folder, "crash"));
  expect(await rig.go(rig.change({ version: "2.0.0" }))).toMatchObject({ ok: true });
  expect(rig.applier.observe()).toMatchObject({ state: "running", version: "2.0.0" });
});
