/** What a change costs a fleet, counted in requests: work per change is O(instances), never O(instances²). */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Store } from "../../core/store/port.ts";
import { MANY_CONNECTIONS, openStore, settingsOf } from "../bench/fleet/consul.ts";
import { flip, registerReleases } from "../bench/fleet/operator.ts";
import { PREFIX, type RunningAgent, startAgent } from "../bench/fleet/start-agent.ts";
import { type ConsulServer, startConsul } from "../support/consul-server.ts";
import { until } from "../support/until.ts";

const AGENTS = 200;
const SERVICE = "checkout";
const NEIGHBOUR_WRITES = 300;

let consul: ConsulServer;
let folder: string;
let store: Store;
let agents: RunningAgent[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "rollpin-wake-ups-"));
  consul = await startConsul({ config: MANY_CONNECTIONS });
  store = openStore(consul.address);
  await registerReleases(store, SERVICE, ["1.0.0", "2.0.0"]);
  const revision = await flip(store, SERVICE, "1.0.0");
  agents = Array.from({ length: AGENTS }, (_, at) => startAgent({ consul: settingsOf(consul.address), service: SERVICE, instance: `checkout-${at}`, folder }));
  await reported(revision);
});

afterAll(async () => {
  await Promise.all(agents.map((agent) => agent.end()));
  store.close();
  await consul.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Every agent's record says it, in Consul and not only in the agent's memory. */
async function reported(revision: number): Promise<void> {
  await until(`${AGENTS} records at revision ${revision}`, async () => {
    const records = await consul.kv.list(`${PREFIX}/instances/${SERVICE}/checkout-`);
    return records.filter(({ value }) => (JSON.parse(value.toString()) as { revision: number }).revision === revision).length === AGENTS;
  }, { everyMs: 50 });
}

interface Count {
  /** As the agent counts them. */
  readonly wakeUps: number;
  /** As its store sees them: also those that brought nothing new. */
  readonly woken: number;
  readonly reads: number;
  readonly writes: number;
}

const countOf = ({ agent, requests }: RunningAgent): Count => ({ wakeUps: agent.state().counters["wakeups"] ?? 0, woken: requests.woken, reads: requests.reads, writes: requests.transactions });

/** What each agent had to do meanwhile. */
async function costOf(work: () => Promise<void>): Promise<readonly Count[]> {
  const before = agents.map(countOf);
  await work();
  return agents.map(countOf).map((now, at) => {
    const then = before[at] ?? now;
    return { wakeUps: now.wakeUps - then.wakeUps, woken: now.woken - then.woken, reads: now.reads - then.reads, writes: now.writes - then.writes };
  });
}

/** One line, as scripts/prove.js reads it. */
function tell(what: string, cost: readonly Count[]): void {
  const most = (of: (count: Count) => number): number => Math.max(...cost.map(of));
  console.log(`= ${AGENTS} agents, ${what}: at most ${most(({ woken }) => woken)} wake-up, ${most(({ reads }) => reads)} reads, ${most(({ writes }) => writes)} record each`);
}

const each = (count: Count): readonly Count[] => Array.from({ length: AGENTS }, () => count);

describe(`${AGENTS} agents on one service`, () => {
  test("one flip costs each one wake-up, no further read, and one record", async () => {
    const cost = await costOf(async () => reported(await flip(store, SERVICE, "2.0.0")));
    tell("one flip", cost);
    expect(cost).toEqual(each({ wakeUps: 1, woken: 1, reads: 0, writes: 1 }));
  });

  test("agents' own records, other services' changes, releases and verdicts cost none: of all that happens, only the flip at its end is seen", async () => {
    const cost = await costOf(async () => {
      // Neighbours in the key space: before and after this service's name, longer and shorter than it.
      for (const neighbour of ["checkout-eu", "checkou", "checkouts", "a", "z"]) {
        await registerReleases(store, neighbour, ["1.0.0", "2.0.0"]);
        await flip(store, neighbour, "1.0.0");
        await flip(store, neighbour, "2.0.0");
      }
      for (let at = 0; at < NEIGHBOUR_WRITES; at += 1) await consul.kv.put(`${PREFIX}/desired/payments/pin`, `1.0.${at}`);
      for (let at = 0; at < AGENTS; at += 1) await consul.kv.put(`${PREFIX}/instances/${SERVICE}/stranger-${at % 5}`, `${at}`);
      await registerReleases(store, SERVICE, ["3.0.0"]);
      // A blocking query answers in order: whatever had woken an agent before is counted when it has seen this.
      await reported(await flip(store, SERVICE, "3.0.0"));
    });
    tell("one flip after hundreds of other writes", cost);
    expect(cost).toEqual(each({ wakeUps: 1, woken: 1, reads: 0, writes: 1 }));
  });
});
