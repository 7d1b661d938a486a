import { afterEach, describe, expect, it } from "vitest";
import { freePorts } from "../../../core/free-ports.ts";
import { until } from "../../support/until.ts";
import type { RawSettings } from "./loop-step.ts";
import { BESIDE, type Rig, ask, createRig } from "./rig.ts";

let rig: Rig;
afterEach(() => rig.end());

interface Nasty {
  readonly service: string;
  readonly settings?: RawSettings;
  readonly says: string;
}

const NASTY: readonly Nasty[] = [
  { service: "never-ready", says: "waiting for a database" },
  { service: "exits-at-once", says: "exited with code 7 before it was ready" },
  { service: "dies-later", settings: { settle: "3s", environment: { DIES_AFTER_MS: "700" } }, says: "fatal: out of luck" },
  { service: "wrong-port", says: "nothing listens on port" },
  { service: "stranger-on-port", says: "held by a process that isn't the service's" },
];

describe("a new version that doesn't come up, beside the old one", () => {
  for (const { service, settings, says } of NASTY) {
    it(`${service}: the old one serves on, nothing stays behind`, async () => {
      rig = await createRig({ ...BESIDE, readyTimeout: "4s", ...settings, environment: { DIES_AFTER_MS: "3600000", ...(settings?.["environment"] as object | undefined) } });
      await rig.deliver("1.0.0", "good");
      await rig.deliver("2.0.0", service);
      await rig.go(rig.change({ version: "1.0.0" }));
      const { pid } = rig.applier.observe();
      const done = await rig.go(rig.change({ version: "2.0.0" }));
      expect(done).toMatchObject({ ok: false, fault: { kind: "failed", message: expect.stringContaining(says) } });
      expect(rig.applier.observe()).toMatchObject({ state: "running", version: "1.0.0", pid });
      expect(await ask(rig.endpoint())).toBe("1.0.0");
      expect(rig.announced).toHaveLength(1);
      await until("only the old one is left", () => rig.processes().length === 1 && rig.processes()[0] === pid);
    });
  }

  it("is started once more on another port where somebody else took its port first", async () => {
    rig = await createRig();
    await rig.deliver("1.0.0", "port-taken-once");
    expect(await rig.go(rig.change({ version: "1.0.0" }))).toMatchObject({ ok: true });
    expect(rig.events.filter(({ event }) => event === "port-taken")).toHaveLength(1);
    expect(await ask(rig.endpoint())).toBe("1.0.0");
    expect(rig.processes()).toEqual([rig.applier.observe().pid]);
  });

  it("shows control characters instead of sending them on", async () => {
    rig = await createRig();
    await rig.deliver("1.0.0", "exits-at-once");
    const done = await rig.go(rig.change({ version: "1.0.0" }));
    expect(done).toMatchObject({ ok: false, fault: { message: expect.stringContaining("\\x1b[31mcannot read settings\\x1b[0m\\x07") } });
    expect(rig.applier.observe().state).toBe("none");
  });
});

describe("an old version that doesn't want to go", () => {
  it("ignores SIGTERM: is killed after its grace, while the new one serves", async () => {
    rig = await createRig();
    await rig.deliver("1.0.0", "ignores-sigterm");
    await rig.deliver("2.0.0", "good");
    await rig.go(rig.change({ version: "1.0.0" }));
    expect(await rig.go(rig.change({ version: "2.0.0" }))).toMatchObject({ ok: true });
    await until("only the new one is left", () => rig.processes().length === 1);
    const killed = await until("the kill is told", () => rig.events.find(({ event }) => event === "killed"));
    expect(killed).toMatchObject({ version: "1.0.0", left: [] });
    expect(await ask(rig.endpoint())).toBe("2.0.0");
  });

  it("leaves a grandchild in another session: that is found by its token", async () => {
    rig = await createRig();
    await rig.deliver("1.0.0", "grandchild-holds-port");
    await rig.deliver("2.0.0", "good");
    expect(await rig.go(rig.change({ version: "1.0.0" }))).toMatchObject({ ok: true });
    expect(rig.processes()).toHaveLength(2);
    expect(await rig.go(rig.change({ version: "2.0.0" }))).toMatchObject({ ok: true });
    await until("only the new one is left", () => rig.processes().length === 1);
    expect(rig.processes()).toEqual([rig.applier.observe().pid]);
  });
});

describe("where old and new can't run at once", () => {
  const inPlace = async (more: RawSettings = {}): Promise<RawSettings> => ({
    command: [process.execPath, "./releases/{{version}}.js"],
    port: (await freePorts(1))[0],
    stopGrace: "1s",
    readyTimeout: "4s",
    ...more,
    environment: { DIES_AFTER_MS: "3600000", ...(more["environment"] as object | undefined) },
  });

  it("the new one takes the old one's place", async () => {
    rig = await createRig(await inPlace());
    await rig.deliver("1.0.0", "good");
    await rig.deliver("2.0.0", "good");
    await rig.go(rig.change({ version: "1.0.0" }));
    expect(await rig.go(rig.change({ version: "2.0.0" }))).toMatchObject({ ok: true });
    expect(await ask(rig.endpoint())).toBe("2.0.0");
    expect(rig.processes()).toEqual([rig.applier.observe().pid]);
  });

  it("undo stops the new one and starts the old one again", async () => {
    rig = await createRig(await inPlace());
    await rig.deliver("1.0.0", "good");
    await rig.deliver("2.0.0", "good");
    await rig.go(rig.change({ version: "1.0.0", config: "old" }));
    const change = rig.change({ version: "2.0.0", config: "new" });
    expect(await rig.applier.apply(change, new AbortController().signal)).toMatchObject({ ok: true });
    expect(await rig.applier.undo(change, "failed")).toMatchObject({ ok: true });
    expect(await ask(rig.endpoint())).toBe("1.0.0");
    expect(await ask(`${rig.endpoint()}/config`)).toBe("old");
    await until("clients are told", () => rig.announced.at(-1)?.version === "1.0.0");
    expect(rig.processes()).toEqual([rig.applier.observe().pid]);
  });

  for (const { service, settings, says } of NASTY) {
    if (service === "stranger-on-port") continue;
    it(`${service}: the old one is started again`, async () => {
      rig = await createRig(await inPlace(settings));
      await rig.deliver("1.0.0", "good");
      await rig.deliver("2.0.0", service);
      await rig.go(rig.change({ version: "1.0.0" }));
      const done = await rig.go(rig.change({ version: "2.0.0" }));
      expect(done).toMatchObject({ ok: false, fault: { kind: "failed", message: expect.stringContaining(says) } });
      expect(rig.applier.observe()).toMatchObject({ state: "running", version: "1.0.0" });
      expect(await ask(rig.endpoint())).toBe("1.0.0");
      expect(rig.processes()).toEqual([rig.applier.observe().pid]);
    });
  }

  it("stranger-on-port: neither can listen, so a person is told, and the old one is back when the port is", async () => {
    rig = await createRig(await inPlace({ environment: { STRANGER_MS: "9000" }, readyTimeout: "4s", crashes: 50 }));
    await rig.deliver("1.0.0", "good");
    await rig.deliver("2.0.0", "stranger-on-port");
    await rig.go(rig.change({ version: "1.0.0" }));
    const done = await rig.go(rig.change({ version: "2.0.0" }));
    expect(done).toMatchObject({ ok: false, fault: { kind: "broken", message: expect.stringContaining("EADDRINUSE") } });
    expect(rig.applier.observe()).toMatchObject({ state: "restarting", version: "1.0.0" });
    await until("the old one runs again", () => rig.applier.observe().state === "running");
    expect(await ask(rig.endpoint())).toBe("1.0.0");
  });
});
