import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ConsulServer, startConsul } from "../../support/consul-server.ts";
import { type TestAgent, rollpin, startAgent } from "../../support/rollpin.ts";
import { until } from "../../support/until.ts";

const SERVICE = "nasty";
let consul: ConsulServer;
let agent: TestAgent;
const pinKey = `rollpin/desired/${SERVICE}/pin`;
const run = (...words: string[]) => rollpin(words, { consul: consul.address });

beforeAll(async () => {
  consul = await startConsul();
  agent = await startAgent({ consul: consul.address, service: SERVICE, releases: { "1.0.0": "good.js", "2.0.0": "good.js" } });
  await until("2.0.0 is registered", async () => (await consul.kv.get(`rollpin/releases/${SERVICE}/2.0.0`)) !== undefined);
  expect(await run("pin", SERVICE, "1.0.0", "--yes")).toMatchObject({ code: 0 });
  expect(await run("release", "condemn", SERVICE, "2.0.0", "--yes")).toMatchObject({ code: 0 });
  await symlink("/", join(agent.folder, "releases", "3.0.0"));
  expect(await run("release", "register", SERVICE, "3.0.0", "--yes")).toMatchObject({ code: 0 });
  await until("the link is told", async () => (await agent.log()).includes("releases/3.0.0 leads to /, outside of"));
});
afterAll(async () => {
  await agent.remove();
  await consul.stop();
});

/** Each with the code that the instance gives, and a word that status must explain it with. */
const pins: readonly { readonly name: string; readonly value: string | Uint8Array; readonly code: string; readonly says: string }[] = [
  { name: "empty", value: "", code: "malformed", says: "empty" },
  { name: "white space only", value: " \n\t ", code: "malformed", says: "empty" },
  { name: "latest, not registered", value: "latest", code: "unregistered", says: "latest" },
  { name: "two words", value: "1.0.0 2.0.0", code: "malformed", says: "1.0.0 2.0.0" },
  { name: "a path", value: "../../x", code: "malformed", says: "../../x" },
  { name: "512 KB", value: "9".repeat(512 * 1024), code: "too-long", says: "524288" },
  { name: "binary", value: Uint8Array.from([0xff, 0xfe, 0x00, 0x80]), code: "not-text", says: "UTF-8" },
  { name: "condemned", value: "2.0.0", code: "condemned", says: "condemned" },
  { name: "a link out of the folder of releases", value: "3.0.0", code: "no-artifact", says: "leads to /, outside of" },
  { name: "terminal escapes", value: "\u001b[31m1.0.0", code: "malformed", says: "u001b" },
];

describe("a pin that can't be obeyed", () => {
  it.each(pins)("$name: held, explained in status, nothing stops", async ({ value, code, says }) => {
    const { pid } = (await agent.state()).record;
    await consul.kv.put(pinKey, value);
    await until(`held as ${code}`, async () => {
      const { record } = await agent.state();
      return record.status === "held" && record.reason?.code === code;
    });
    expect((await agent.state()).record).toMatchObject({ version: "1.0.0", pid });
    const key = `rollpin/instances/${SERVICE}/${agent.instance}`;
    await until("the record says so", async () => ((await consul.kv.get(key))?.toString() ?? "").includes(`"code":"${code}"`));
    const status = await run("status", SERVICE);
    expect(status.stdout.replaceAll(/\s+/g, " ")).toContain(says);
    expect(status.stdout).not.toContain("\u001b[31m1");
    const entries = await consul.kv.get(`rollpin/history/${SERVICE}/0000000002`);
    expect(entries).toBeUndefined();
    await consul.kv.put(pinKey, "1.0.0");
    await until("in sync again", async () => (await agent.state()).record.status === "in-sync");
    expect((await agent.state()).record).toMatchObject({ version: "1.0.0", pid });
  });

  it("a pin that vanished is held too, and the CLI puts it back", async () => {
    const { pid } = (await agent.state()).record;
    await consul.kv.delete(pinKey);
    await until("held", async () => (await agent.state()).record.reason?.code === "vanished");
    expect((await agent.state()).record).toMatchObject({ version: "1.0.0", pid });
    const restored = await run("rollback", SERVICE, "--yes");
    expect(restored, restored.stderr).toMatchObject({ code: 0 });
    expect((await consul.kv.get(pinKey))?.toString().trim()).toBe("1.0.0");
    expect((await agent.state()).record).toMatchObject({ version: "1.0.0", pid, status: "in-sync" });
  });

  it("condemned with !override is obeyed", async () => {
    await consul.kv.put(pinKey, "2.0.0 !override");
    await until("2.0.0 runs", async () => {
      const { record } = await agent.state();
      return record.version === "2.0.0" && record.status === "in-sync";
    });
  });
});
