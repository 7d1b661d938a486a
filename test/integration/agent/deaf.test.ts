/** A watch that hears nothing, or nothing new, for every reason a network has: given up, reported, and healed by itself. */
import { afterAll, describe, it } from "vitest";
import { systemClock } from "../../../core/clock.ts";
import { type ConsulServer, startConsul } from "../../support/consul-server.ts";
import { type Road, openRoad } from "../../support/road.ts";
import { type TestAgent, startAgent } from "../../support/rollpin.ts";
import { until } from "../../support/until.ts";
import { expectExit, processYaml, registered, runs } from "../stories/story.ts";
import { type CachingProxy, startCachingProxy } from "./caching-proxy.ts";

/** `npm run prove -- deaf` asks for 20: each waits for the end of a parked query, half a minute. */
const ROUNDS = Number(process.env["ROLLPIN_DEAF_ROUNDS"] ?? 0);
const PATIENCE = { deadlineMs: 120_000 };

interface Place {
  readonly consul: ConsulServer;
  readonly road: Road;
  readonly proxy: CachingProxy;
}

interface Silence {
  readonly name: string;
  readonly fault: "timeout" | "bad-answer";
  begin(place: Place): Promise<void> | void;
  end(place: Place): void;
  /** Where nobody can change anything meanwhile, the flip is made afterwards. */
  readonly consulAnswers: boolean;
}

const SILENCES: readonly Silence[] = [
  { name: "nothing moves on the road to Consul", fault: "timeout", consulAnswers: true, begin: ({ road }) => road.set("stalled"), end: ({ road }) => road.set("clear") },
  { name: "the other end vanished without a reset", fault: "timeout", consulAnswers: true, begin: ({ road }) => road.lose(), end: () => undefined },
  { name: "Consul is stopped (SIGSTOP)", fault: "timeout", consulAnswers: false, begin: ({ consul }) => consul.pause(), end: ({ consul }) => consul.resume() },
  {
    name: "a proxy answers what it kept",
    fault: "bad-answer",
    consulAnswers: true,
    async begin({ proxy }) {
      const before = proxy.kept();
      proxy.keep(true);
      await until("a kept answer is given", () => proxy.kept() > before, PATIENCE);
    },
    end: ({ proxy }) => proxy.keep(false),
  },
];

const endings: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const end of endings.toReversed()) await end();
});

async function startPlace(): Promise<Place> {
  const consul = await startConsul();
  endings.push(() => consul.stop());
  const proxy = await startCachingProxy(consul.address);
  endings.push(() => proxy.stop());
  const road = await openRoad(proxy.address);
  endings.push(() => road.stop());
  return { consul, road, proxy };
}

const faultsOf = async (agent: TestAgent, kind: string): Promise<number> => (await agent.state()).counters[`consul_faults{${kind}}`] ?? 0;
const lossesIn = async (agent: TestAgent): Promise<number> => (await agent.log()).split('"consul-lost"').length;

describe.runIf(ROUNDS > 0)("a watch that hears nothing", () => {
  it(`is given up and reported, and a change made meanwhile takes effect by itself, ${ROUNDS} times`, { timeout: 120_000 + ROUNDS * 300_000 }, async () => {
    const place = await startPlace();
    const { consul } = place;
    const agent = await startAgent({ consul: place.road.address, service: "deaf", releases: { "1.0.0": "good.js", "2.0.0": "good.js" }, yaml: processYaml() });
    endings.push(() => agent.remove());
    await registered(consul, "deaf", "1.0.0", "2.0.0");
    await expectExit(0, ["pin", "deaf", "1.0.0", "--yes"], { consul: consul.address });
    await runs(agent, "1.0.0");

    for (let round = 0; round < ROUNDS; round += 1) {
      const silence = SILENCES[round % SILENCES.length];
      if (silence === undefined) throw new Error("no silence to draw from");
      // Each silence is met with both versions.
      const version = (await agent.state()).record.version === "1.0.0" ? "2.0.0" : "1.0.0";
      const flip = () => expectExit(0, ["pin", "deaf", version, "--yes", "--no-wait"], { consul: consul.address });
      const losses = await lossesIn(agent);
      const faults = await faultsOf(agent, silence.fault);
      const beganAt = systemClock.monotonic();
      await silence.begin(place);
      if (silence.consulAnswers) await flip();
      await until(`noticed: ${silence.name}`, async () => (await faultsOf(agent, silence.fault)) > faults, PATIENCE);
      const noticedMs = Math.round(systemClock.monotonic() - beganAt);
      await until("its log says so", async () => (await lossesIn(agent)) > losses, PATIENCE);
      const endedAt = systemClock.monotonic();
      silence.end(place);
      if (!silence.consulAnswers) await flip();
      await until(`${version} runs and Consul answers`, async () => {
        const { consul: contact, record } = await agent.state();
        return record.version === version && record.status === "in-sync" && contact.connected;
      }, PATIENCE);
      console.log(`= ${silence.name}: noticed after ${noticedMs} ms, ${version} ran ${Math.round(systemClock.monotonic() - endedAt)} ms after it was over`);
    }
  });
});
