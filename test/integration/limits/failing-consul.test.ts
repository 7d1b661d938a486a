/** A Consul that fails in each of its ways: how often agents that go on asking ask. ROLLPIN_FAILING_MS looks for longer. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../../core/clock.ts";
import { settingsOf } from "../../bench/fleet/consul.ts";
import { type RunningAgent, startAgent } from "../../bench/fleet/start-agent.ts";
import { type Answering, type AnsweringServer, always, startAnswering } from "../../contract/answering-server.ts";
import { until } from "../../support/until.ts";

const AGENTS = 3;
const WINDOW_MS = Number(process.env["ROLLPIN_FAILING_MS"] ?? 4_000);
/** Two to six were seen, its first questions among them; an agent that spins asks hundreds of times. */
const MOST_PER_AGENT_AND_SECOND = 20;

const failings: Readonly<Record<string, Answering>> = {
  "answers 500": always(500, "No cluster leader"),
  "answers 429": always(429, "Your IP is issuing too many concurrent connections"),
  "answers 429 with Retry-After: 7": always(429, "slow down", { "retry-after": "7" }),
  closes: (socket) => socket.destroy(),
  "never answers": () => undefined,
  "answers garbage": always(200, '{"what is th', { "x-consul-index": "7" }),
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "rollpin-failing-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function startAgents(server: AnsweringServer, at: number): readonly RunningAgent[] {
  return Array.from({ length: AGENTS }, (_, number) => startAgent({ consul: settingsOf(server.address), service: `failing-${at}`, instance: `failing-${at}-${number}`, folder }));
}

/** Of one agent, in a second. */
async function countRequests(server: AnsweringServer): Promise<number> {
  const before = server.requests.length;
  const began = systemClock.monotonic();
  await systemClock.sleep(WINDOW_MS);
  return ((server.requests.length - before) / AGENTS / (systemClock.monotonic() - began)) * 1000;
}

test(`${AGENTS} agents at each Consul that fails: they ask a few times a second, hold, and end when told`, { timeout: 300_000 }, async () => {
  const rigs = await Promise.all(
    Object.entries(failings).map(async ([name, answer], at) => {
      const server = await startAnswering(answer);
      return { name, server, agents: startAgents(server, at) };
    }),
  );
  try {
    await Promise.all(rigs.map(({ name, server }) => until(`the Consul that ${name} is asked`, () => server.requests.length >= AGENTS, { deadlineMs: 60_000 })));
    await Promise.all(
      rigs.map(async ({ agents, name, server }) => {
        const rate = await countRequests(server);
        console.log(`= a Consul that ${name}: ${rate.toFixed(2)} requests per agent and second`);
        expect(rate, name).toBeLessThanOrEqual(MOST_PER_AGENT_AND_SECOND);
        for (const { agent } of agents) expect(agent.state()).toMatchObject({ record: { status: "held" } });
      }),
    );
  } finally {
    // A Consul that is gone lets go of whoever waits for its answer.
    await Promise.all(rigs.map(({ server }) => server.stop()));
    await Promise.all(rigs.flatMap(({ agents }) => agents.map((one) => one.end())));
  }
});
