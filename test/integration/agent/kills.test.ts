import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../../core/clock.ts";
import { type ConsulServer, startConsul } from "../../support/consul-server.ts";
import { brokenLinks, historyOf } from "../../support/history.ts";
import { pick, seededRandom } from "../../support/random.ts";
import { type Ran, type TestAgent, pidsUnder, rollpin, startAgent } from "../../support/rollpin.ts";
import { until } from "../../support/until.ts";

/** `npm run prove -- kills` asks for 50. */
const FLIPS = Number(process.env["ROLLPIN_FLIPS"] ?? 4);
const SEED = Number(process.env["ROLLPIN_SEED"] ?? Date.now() % 1_000_000);
const SERVICE = "killed";

let consul: ConsulServer;
let agents: readonly TestAgent[] = [];

beforeAll(async () => {
  consul = await startConsul({ persistent: true });
  const start = (number: number) => startAgent({ consul: consul.address, service: SERVICE, instance: `${SERVICE}-${number}`, releases: { "1.0.0": "good.js", "2.0.0": "good.js", "3.0.0": "good.js" } });
  agents = await Promise.all([start(1), start(2), start(3)]);
  await until("the releases are registered", async () => (await consul.kv.get(`rollpin/releases/${SERVICE}/3.0.0`)) !== undefined);
});
afterAll(async () => {
  await Promise.all(agents.map((agent) => agent.remove()));
  await consul.stop();
});

const versions = ["1.0.0", "2.0.0", "3.0.0"] as const;
/** Each once, then at random. */
const victims = ["nobody", "consul", "agent", "cli"] as const;

/** The plan that the CLI says it committed, whether or not every instance has it yet. */
function acknowledgedBy({ code, stdout }: Ran): string | undefined {
  if (code !== 0 && code !== 5) return undefined;
  return (JSON.parse(stdout) as { readonly id?: string }).id;
}

/** One flip, with one kill -9 at a random moment of it, and the mending of what was killed. */
async function flip(random: () => number, version: string, victim: (typeof victims)[number]): Promise<{ readonly victim: string; readonly ran: Ran }> {
  const when = random() * 900;
  const agent = agents[Math.floor(random() * agents.length)];
  const cli = new AbortController();
  const running = rollpin(["pin", SERVICE, version, "--yes", "--timeout", "5s", "-o", "json"], { consul: consul.address, kill: cli.signal });
  await systemClock.sleep(when);
  if (victim === "consul") await consul.kill();
  if (victim === "agent") await agent?.kill();
  if (victim === "cli") cli.abort();
  if (victim === "consul") await consul.restart();
  if (victim === "agent") await agent?.start();
  return { victim, ran: await running };
}

describe("kill -9", () => {
  it(`of Consul, an agent or the CLI at random points of ${FLIPS} flips (ROLLPIN_SEED=${SEED})`, { timeout: 60_000 + FLIPS * 15_000 }, async () => {
    const random = seededRandom(SEED);
    const acknowledged: string[] = [];
    const told: Record<string, number> = {};
    for (let number = 0; number < FLIPS; number += 1) {
      const { ran, victim } = await flip(random, versions[number % versions.length] ?? versions[0], victims[number] ?? pick(random, victims));
      told[`${victim} ${ran.code ?? "killed"}`] = (told[`${victim} ${ran.code ?? "killed"}`] ?? 0) + 1;
      const plan = acknowledgedBy(ran);
      if (plan !== undefined) acknowledged.push(plan);
    }
    const last = await until("a last flip gets through", async () => {
      const ran = await rollpin(["pin", SERVICE, "1.0.0", "--yes"], { consul: consul.address });
      return ran.code === 0 ? ran : undefined;
    }, { deadlineMs: 60_000 });
    expect(last.code).toBe(0);

    const history = await historyOf(consul, SERVICE);
    console.log(`= kill -9 of one of them a flip: ${JSON.stringify(told)}; ${history.length} revisions, ${acknowledged.length} acknowledged`);
    expect(brokenLinks(history)).toEqual([]);
    expect(acknowledged.filter((plan) => history.filter((entry) => entry.plan === plan).length !== 1)).toEqual([]);
    for (const agent of agents) {
      await until(`${agent.instance} is at the pin`, async () => {
        const { record } = await agent.state();
        return record.version === "1.0.0" && record.status === "in-sync" && record.revision === history.length;
      });
      // The agent, and one process of the service: nothing was left behind.
      await until(`${agent.instance} has no orphan`, async () => (await pidsUnder(agent.folder)).length === 2);
    }
  });
});
