import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../../core/clock.ts";
import { type ConsulServer, startConsul } from "../../support/consul-server.ts";
import type { TestAgent } from "../../support/rollpin.ts";
import { until } from "../../support/until.ts";
import { expectExit, flat, registered } from "../stories/story.ts";
import { type Fleet, mostAtOnce, startFleet } from "./fleet.ts";

/** `npm run prove -- pace` asks for more. */
const FLEET = Number(process.env["ROLLPIN_FLEET"] ?? 6);
const SERVICE = "paced";
const LONG = { timeout: 240_000 };
const PATIENT = { deadlineMs: 120_000, everyMs: 100 };

let consul: ConsulServer;
let fleet: Fleet;

beforeAll(async () => {
  consul = await startConsul();
  fleet = await startFleet(consul, SERVICE, FLEET, { "1.0.0": { takes: 0 }, "2.0.0": { takes: 500 }, "3.0.0": "fails", "4.0.0": "gated" });
  await registered(consul, SERVICE, "1.0.0", "2.0.0", "3.0.0", "4.0.0");
  await cli(0, "pin", SERVICE, "1.0.0");
}, 120_000);
afterAll(async () => {
  await fleet.remove();
  await consul.stop();
});

const cli = (code: number, ...words: readonly string[]) => expectExit(code, [...words, "--yes"], { consul: consul.address });
/** Turn by turn, on a machine that may be busy. */
const all = (version: string, agents = fleet.agents): Promise<unknown> =>
  until(`all run ${version} in sync`, async () => {
    const states = await Promise.all(agents.map((agent) => agent.state()));
    return states.every(({ record }) => record.version === version && record.status === "in-sync");
  }, PATIENT);
/** How many turns were given, and moves judged. */
const turnsOf = async (service: string): Promise<number> => (JSON.parse((await consul.kv.get(`rollpin/locks/pace/${service}/state`)) ?? '{ "turn": 0 }') as { readonly turn: number }).turn;

/** Instances that have a turn, by the key that their sessions hold. */
async function holders(): Promise<readonly TestAgent[]> {
  const slots = await consul.kv.list(`rollpin/locks/pace/${SERVICE}/slots/`);
  const names = slots.filter(({ session }) => session !== undefined).map(({ key }) => key.split("/").at(-1));
  return fleet.agents.filter(({ instance }) => names.includes(instance));
}

describe("a fleet at a pace", () => {
  it("changes no more at once than it says, and the receipt waits for all", LONG, async () => {
    await cli(0, "pace", SERVICE, "2");
    const began = systemClock.monotonic();
    await cli(0, "pin", SERVICE, "2.0.0");
    const took = systemClock.monotonic() - began;
    const starts = await fleet.starts("2.0.0");
    console.log(`= pace: ${FLEET} instances at pace 2, each 0.5 s: at most ${mostAtOnce(starts)} at once, done in ${(took / 1000).toFixed(1)} s`);
    expect(starts.filter(({ what }) => what === "begins")).toHaveLength(FLEET);
    expect(mostAtOnce(starts)).toBeLessThanOrEqual(2);
    await all("2.0.0");
    expect(await holders()).toEqual([]);
  });

  it("tries a bad version on one, keeps the rest, and says so with exit 5", LONG, async () => {
    await cli(0, "pace", SERVICE, "25%");
    const began = systemClock.monotonic();
    const { stdout } = await cli(5, "pin", SERVICE, "3.0.0");
    const tried = new Set((await fleet.starts("3.0.0")).map(({ instance }) => instance));
    console.log(`= pace: a bad version at 25% was tried by ${tried.size} of ${FLEET}, and told after ${((systemClock.monotonic() - began) / 1000).toFixed(1)} s`);
    expect(tried.size).toBe(1);
    expect(flat(stdout)).toContain(`goes no further at pace 25%, because ${[...tried].join("")} stalled with it`);
    const status = await expectExit(0, ["status", SERVICE, "-o", "json"], { consul: consul.address });
    expect(JSON.parse(status.stdout)).toMatchObject({ services: [{ pace: { pace: "25%", changing: 0, waiting: 0, stopped: FLEET - 1 }, tracks: [{ versions: [{ version: "2.0.0", instances: FLEET }] }] }] });
  });

  it("goes back at once, without turns", LONG, async () => {
    await cli(0, "rollback", SERVICE);
    await all("2.0.0");
    const before = await turnsOf(SERVICE);
    await cli(0, "rollback", SERVICE, "--to", "1.0.0", "--no-condemn");
    await all("1.0.0");
    expect(await turnsOf(SERVICE)).toBe(before);
  });

  it("goes on without a holder that was killed, and one that was paused does nothing with the turn that it lost", LONG, async () => {
    await cli(0, "pace", SERVICE, "2 stop-after 2");
    await cli(0, "pin", SERVICE, "4.0.0", "--no-wait");
    const [killed, paused] = await until("two have their turn", async () => {
      const at = await holders();
      return at.length === 2 && (await fleet.starts("4.0.0")).length >= 2 && at;
    }, PATIENT);
    if (killed === undefined || paused === undefined) throw new Error("nobody has a turn");
    const began = systemClock.monotonic();
    await killed.kill();
    process.kill(paused.pid(), "SIGSTOP");
    const next = await until("two others have it", async () => {
      const at = (await holders()).filter(({ instance }) => instance !== killed.instance && instance !== paused.instance);
      return at.length === 2 && at;
    }, PATIENT);
    console.log(`= pace: the turns of one killed and one paused agent went on after ${((systemClock.monotonic() - began) / 1000).toFixed(1)} s (session of 10 s)`);

    // Its new process is ready now: nothing but the lost turn is in its way.
    await fleet.open(paused.instance);
    await until("the paused one's process listens", async () => (await fleet.starts("4.0.0")).some(({ instance, what }) => instance === paused.instance && what === "listens"), PATIENT);
    process.kill(paused.pid(), "SIGCONT");
    const { record } = await until("it waits for another turn", async () => {
      const state = await paused.state();
      return state.record.reason?.code === "pace" && state;
    }, PATIENT);
    expect(record).toMatchObject({ version: "1.0.0", status: "reconciling" });
    expect((await holders()).map(({ instance }) => instance).sort()).toEqual(next.map(({ instance }) => instance).sort());

    await fleet.open();
    await killed.start();
    await all("4.0.0");
    await until("every turn is given back", async () => (await holders()).length === 0, PATIENT);
  });
});

describe("where the old process has to go first", () => {
  it("goes back at the pace too", LONG, async () => {
    const service = "in-place";
    const few = await startFleet(consul, service, 3, { "1.0.0": { takes: 0 }, "2.0.0": { takes: 0 } }, "in-place");
    try {
      await registered(consul, service, "1.0.0", "2.0.0");
      await cli(0, "pin", service, "1.0.0");
      await cli(0, "pace", service, "1");
      await cli(0, "pin", service, "2.0.0");
      const before = await turnsOf(service);
      await cli(0, "rollback", service);
      await all("1.0.0", few.agents);
      expect((await turnsOf(service)) - before).toBeGreaterThanOrEqual(3);
    } finally {
      await few.remove();
    }
  });
});
