/** While data is migrated nobody is sent to what can't read it: at a router, and at the port in front of a process. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ConsulServer, startConsul } from "../../support/consul-server.ts";
import { type Ran, rollpin } from "../../support/rollpin.ts";
import { until } from "../../support/until.ts";
import { ask } from "../routers/cut-over.ts";
import { expectExit, flat, runs } from "../stories/story.ts";
import { NEW, OLD } from "./shop-rig.ts";
import { type Doors, type Load, startDoors } from "./traffic-rig.ts";

/** Down and up: `npm run prove -- off` asks for 20. */
const ROUNDS = Number(process.env["ROLLPIN_OFF_ROUNDS"] ?? 1);

describe("while a service's data is migrated", { timeout: 120_000 + ROUNDS * 30_000 }, () => {
  let consul: ConsulServer;
  let doors: Doors;
  const run = (code: number, ...words: readonly string[]): Promise<Ran> => expectExit(code, words, { consul: consul.address });
  const led = (): Promise<unknown> => until("hooks are led", async () => (await consul.kv.entry("rollpin/locks/hooks/doors"))?.session);
  const served = (load: Load, version: string): Promise<unknown> => until(`${version} serves at both doors`, () => (["router", "port"] as const).every((door) => load.answers.findLast((answer) => answer.door === door)?.version === version));
  const isOff = async (agent: Doors["plain"]): Promise<boolean> => (await doors.record(agent)).traffic?.off !== undefined;

  beforeAll(async () => {
    consul = await startConsul();
    doors = await startDoors(consul);
    await run(0, "pin", "doors", OLD, "--yes");
    await run(0, "pin", "doors", NEW, "--yes");
    await led();
  }, 120_000);
  afterAll(async () => {
    await doors.remove();
    await consul.stop();
  });

  it("not one request reaches the release that can't read it, down or up", async () => {
    const before = (await doors.began()).length;
    const shown = await run(0, "rollback", "doors", "--with-schema", "--dry-run");
    expect(flat(shown.stdout)).toContain(`traffic off ${NEW} of doors first, and until the pins are written: it reads not all of schema 7 to 8`);
    const load = doors.load();
    await served(load, NEW);
    for (let round = 0; round < ROUNDS; round += 1) {
      const done = await run(0, "rollback", "doors", "--with-schema", "--yes");
      expect(done.stderr).toContain(`traffic off ${NEW} of doors: nothing is sent there any more`);
      await served(load, OLD);
      await run(0, "undo", "doors", "--with-schema", "--yes");
      await served(load, NEW);
    }
    await load.end();
    const began = (await doors.began()).slice(before);
    expect(began.length).toBe(2 * ROUNDS);
    const wrong = load.answers.filter(({ at, version }) => {
      const last = began.findLastIndex((time) => time <= at);
      return last >= 0 && version !== (last % 2 === 0 ? OLD : NEW);
    });
    expect(wrong).toEqual([]);
    expect(load.others.filter((other) => !other.includes("503"))).toEqual([]);
    console.log(`= traffic: ${load.answers.length} answered, ${load.others.length} met 503, none by a release that couldn't read the data, in ${2 * ROUNDS} migrations`);
  });

  /** A command that waits for the instance whose agent is dead, until it is killed; answers its operation. */
  async function stuck(): Promise<string> {
    await doors.plain.kill();
    const kill = new AbortController();
    const rolling = rollpin(["rollback", "doors", "--with-schema", "--yes"], { consul: consul.address, kill: kill.signal });
    await until("one of them is off", () => isOff(doors.fronted));
    const operation = await until("an operation is at it", () => doors.operation());
    const shown = await run(0, "operation", "show", operation);
    expect(flat(shown.stdout)).toContain(`1. drain: traffic off ${NEW} of doors`);
    expect(flat((await run(0, "status", "doors")).stdout)).toContain(`1 off: doors-2: no traffic goes there: operation ${operation} migrates the data of doors, which ${NEW} can't read meanwhile`);
    kill.abort();
    await rolling;
    await run(0, "operation", "unlock", operation, "--yes");
    return operation;
  }

  it("one that can't be taken off stops it before anything is done, and an abort brings all back", async () => {
    const before = await doors.began();
    const operation = await stuck();
    const [router, port] = await doors.ports();
    // The other goes on, and nobody is at the port.
    expect((await ask(router)).version).toBe(NEW);
    await expect(ask(port)).rejects.toThrow("503");
    await run(0, "operation", "abort", operation, "--yes");
    expect((await until("the port is open", () => ask(port).catch(() => undefined))).version).toBe(NEW);
    await until("it is found", async () => (await consul.http.json<readonly unknown[]>("/v1/health/service/doors?passing")).length === 2);
    expect([await doors.began(), await consul.kv.get("rollpin/desired/doors/pin")]).toEqual([before, NEW]);
    await doors.plain.start();
    await runs(doors.plain, NEW);
  });

  it("agents that start anew keep to it, and a resume finishes it", async () => {
    const operation = await stuck();
    await doors.fronted.kill();
    await doors.fronted.start();
    const fresh = await until("its port is open again", async () => (await doors.fronted.state()).inbound?.port);
    expect(await ask(fresh).then(({ version }) => version, (error: unknown) => (String(error).includes("503") ? "nobody" : String(error)))).toBe("nobody");
    await doors.plain.start();
    await until("both are off", async () => (await isOff(doors.plain)) && (await isOff(doors.fronted)));
    await run(0, "operation", "resume", operation, "--yes");
    await Promise.all([runs(doors.plain, OLD), runs(doors.fronted, OLD)]);
    expect((await until("it serves", () => ask(fresh).catch(() => undefined))).version).toBe(OLD);
  });
});
