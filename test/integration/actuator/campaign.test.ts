import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../../core/clock.ts";
import { type ConsulServer, startConsul } from "../../support/consul-server.ts";
import { brokenLinks, historyOf } from "../../support/history.ts";
import { pick, seededRandom } from "../../support/random.ts";
import { rollpin } from "../../support/rollpin.ts";
import { until } from "../../support/until.ts";
import { type Deployed, type Run, VERSIONS, hasEnded, startDeployed } from "./deployed.ts";

/** `npm run prove -- actuator` asks for more, and lets sessions run out by themselves instead of ending them. */
const CHANGES = Number(process.env["ROLLPIN_ACTUATOR_CHANGES"] ?? 6);
const AGENTS = Number(process.env["ROLLPIN_ACTUATOR_AGENTS"] ?? 3);
const EXPIRES = process.env["ROLLPIN_ACTUATOR_EXPIRY"] === "1";
const SEED = Number(process.env["ROLLPIN_SEED"] ?? Date.now() % 1_000_000);
const SERVICE = "campaign";

let consul: ConsulServer;
let shop: Deployed;

beforeAll(async () => {
  consul = await startConsul({ persistent: true });
  shop = await startDeployed({ consul, service: SERVICE, agents: AGENTS });
});
afterAll(async () => {
  await shop.remove();
  await consul.stop();
});

const faults = ["nothing", "leader killed", "leader killed and started at once", "leader paused past its session", "newer pin", "Consul killed"] as const;
type Fault = (typeof faults)[number];

const pin = async (version: string): Promise<void> => {
  const ran = await rollpin(["pin", SERVICE, version, "--yes", "--no-wait"], { consul: consul.address });
  expect(ran.code, ran.stderr).toBe(0);
};

/** Once more than `before` runs were begun. */
const begins = (before: number): Promise<readonly Run[]> =>
  until("the command begins", async () => {
    const begun = await shop.begun();
    return begun.length > before ? begun : undefined;
  }, { deadlineMs: 60_000 });

/** As Consul does after twice the TTL, or sooner by a hand. Answers how long it took until another agent began, in milliseconds. */
async function takenOver(session: string | undefined, begun: number): Promise<number> {
  const start = systemClock.monotonic();
  if (!EXPIRES) await consul.http.ask(`/v1/session/destroy/${session ?? ""}`, { method: "PUT" });
  await begins(begun);
  return systemClock.monotonic() - start;
}

interface Round {
  /** What must be deployed in the end. */
  readonly version: string;
  readonly takeoverMs?: number;
}

/** While the command for `version` is at it. It ends by itself when `hold` is cleared. */
async function strike(fault: Fault, version: string, random: () => number): Promise<Round> {
  const leader = await shop.leader();
  const session = await shop.session();
  const { length } = await shop.begun();
  switch (fault) {
    case "nothing":
      return { version };
    case "leader killed": {
      await leader.kill();
      const takeoverMs = await takenOver(session, length);
      await leader.start();
      return { version, takeoverMs };
    }
    case "leader killed and started at once":
      await leader.kill();
      await leader.start();
      await begins(length);
      return { version };
    case "leader paused past its session": {
      process.kill(leader.pid(), "SIGSTOP");
      const takeoverMs = await takenOver(session, length);
      if (random() < 0.5) await endsElsewhere(version);
      process.kill(leader.pid(), "SIGCONT");
      return { version, takeoverMs };
    }
    case "newer pin": {
      const newer = VERSIONS.find((other) => other !== version) ?? version;
      await pin(newer);
      await begins(length);
      return { version: newer };
    }
    case "Consul killed":
      await consul.kill();
      if (random() < 0.5) await shop.clear("hold");
      await consul.restart();
      return { version };
  }
}

/** The paused agent sleeps until all is done. */
async function endsElsewhere(version: string): Promise<void> {
  await shop.clear("hold");
  await until(`${version} is done`, async () => {
    const last = (await shop.lock())?.last;
    return last?.version === version && last.state === "done";
  });
}

describe("one leader's commands", () => {
  it(`under ${CHANGES} changes, each with a fault in the middle of its command (ROLLPIN_SEED=${SEED})`, { timeout: 90_000 + CHANGES * 60_000 }, async () => {
    const random = seededRandom(SEED);
    const struck: Record<string, number> = {};
    const takeovers: number[] = [];
    let before = "";
    for (let change = 0; change < CHANGES; change += 1) {
      // Each kind in its turn first, then as drawn.
      const fault = faults[change] ?? pick(random, faults);
      struck[fault] = (struck[fault] ?? 0) + 1;
      const version = VERSIONS.find((other) => other !== before) ?? "";
      await shop.raise("hold");
      const { length } = await shop.begun();
      await pin(version);
      await begins(length);
      const round = await strike(fault, version, random);
      await shop.clear("hold");
      await shop.settled(round.version);
      if (round.takeoverMs !== undefined) takeovers.push(round.takeoverMs);
      const since = (await shop.begun()).slice(length);
      expect(since.map(({ attempt }) => attempt), `${fault}: ${JSON.stringify(since)}`).toEqual(RUNS[fault]);
      // What a paused agent left running must not reach into the next change.
      for (const { pid } of since) await until(`the command ${pid} has ended`, () => hasEnded(pid));
      before = round.version;
    }
    const log = await shop.log();
    const begun = log.filter(({ event }) => event === "begin");
    const again = begun.filter(({ attempt }) => attempt > 1).length;
    console.log(`= ${CHANGES} changes, ${AGENTS} agents, a fault in each: ${JSON.stringify(struck)}`);
    console.log(`= ${begun.length} runs begun: ${begun.length - again} first ones, ${again} again after a cut; every number once, in order; ${takeovers.length} takeovers, the longest after ${(Math.max(0, ...takeovers) / 1000).toFixed(1)} s${EXPIRES ? ", session expiry included" : ""}`);
    expect(brokenOrder(begun)).toEqual([]);
    expect(brokenLinks(await historyOf(consul, SERVICE))).toEqual([]);
  });
});

/** The attempts that are begun after each fault: never more than it takes. */
const RUNS: Readonly<Record<Fault, readonly number[]>> = {
  nothing: [1],
  "leader killed": [1, 2],
  "leader killed and started at once": [1, 2],
  "leader paused past its session": [1, 2],
  "newer pin": [1, 1],
  "Consul killed": [1],
};

/** Runs that don't come after the one before: by generation, then by attempt. */
function brokenOrder(begun: readonly Run[]): readonly string[] {
  return begun.flatMap((run, at) => {
    const before = begun[at - 1];
    if (before === undefined || run.generation > before.generation || (run.generation === before.generation && run.attempt === before.attempt + 1)) return [];
    return [`${JSON.stringify(run)} after ${JSON.stringify(before)}`];
  });
}
