import { afterEach, describe, expect, it } from "vitest";
import { BESIDE, type Rig, ask, createRig } from "./rig.ts";
import type { RawSettings } from "./loop-step.ts";
import { until } from "../../support/until.ts";

let rig: Rig;
afterEach(() => rig.end());

/** Exits with 0 when the service answers 200 on $PORT. */
const ASKS_PORT = 'require("node:http").get("http://127.0.0.1:" + process.env.PORT, (response) => process.exit(response.statusCode === 200 ? 0 : 1)).on("error", () => process.exit(2))';

async function start(settings: RawSettings): Promise<unknown> {
  rig = await createRig({ ...BESIDE, ...settings });
  await rig.deliver("1.0.0", "warms-up");
  return rig.go(rig.change({ version: "1.0.0" }));
}

const statusOf = async (): Promise<number> => (await fetch(rig.endpoint())).status;

describe("ready", () => {
  it("by HTTP is an answer of 2xx", async () => {
    expect(await start({ ready: { http: "/healthz" } })).toMatchObject({ ok: true });
    expect(await statusOf()).toBe(200);
  });

  it("by HTTP is the status that the file names", async () => {
    expect(await start({ ready: { http: "/teapot", status: 418 }, environment: { WARM_MS: "3600000" } })).toMatchObject({ ok: true });
    expect(await statusOf()).toBe(503);
  });

  it.each([
    ["/teapot", "/teapot answers 418"],
    ["/silent", "/silent does not answer"],
  ])("by HTTP is not %s", async (http, says) => {
    expect(await start({ ready: { http }, readyTimeout: "3s" })).toMatchObject({ ok: false, fault: { kind: "failed", message: expect.stringContaining(says) } });
    await until("nothing is left", () => rig.processes().length === 0);
  });

  it("by TCP is a connection", async () => {
    expect(await start({ ready: { tcp: true }, environment: { WARM_MS: "3600000" } })).toMatchObject({ ok: true });
    expect(await statusOf()).toBe(503);
  });

  it("by command is its exit code 0, with the port in its environment", async () => {
    expect(await start({ ready: { command: [process.execPath, "-e", ASKS_PORT] } })).toMatchObject({ ok: true });
    expect(await statusOf()).toBe(200);
  });

  it("by command is not one that hangs, and that one is ended too", async () => {
    expect(await start({ ready: { command: [process.execPath, "-e", "setInterval(() => 0, 1000)"] }, readyTimeout: "3s" })).toMatchObject({ ok: false, fault: { message: expect.stringContaining("does not end") } });
    await until("nothing is left", () => rig.processes().length === 0);
  });

  it("without a port is being alive", async () => {
    rig = await createRig({ command: [process.execPath, "./releases/{{version}}.js"], settle: "3s" });
    await rig.deliver("1.0.0", "never-ready");
    await rig.deliver("2.0.0", "exits-at-once");
    expect(await rig.go(rig.change({ version: "1.0.0" }))).toMatchObject({ ok: true });
    expect(await rig.go(rig.change({ version: "2.0.0" }))).toMatchObject({ ok: false, fault: { kind: "failed" } });
    expect(rig.applier.observe()).toMatchObject({ state: "running", version: "1.0.0" });
  });

  it("again: a former process that crashes beside its successor, while clients stay with the new one", async () => {
    rig = await createRig();
    await rig.deliver("1.0.0", "crashes-on-request");
    await rig.deliver("2.0.0", "good");
    await rig.go(rig.change({ version: "1.0.0" }));
    const old = rig.endpoint();
    const change = rig.change({ version: "2.0.0" });
    expect(await rig.applier.apply(change, new AbortController().signal)).toMatchObject({ ok: true });
    await ask(`${old}/crash`).catch(() => undefined);
    await until("it is restarted", () => rig.events.some(({ event }) => event === "restarted"));
    expect(rig.announced.at(-1)?.version).toBe("2.0.0");
    expect(await rig.applier.undo(change, "failed")).toMatchObject({ ok: true });
    expect(await ask(rig.endpoint())).toBe("ok");
    await until("the new one is gone", () => rig.processes().length === 1);
  });
});
