/** Whoever looks at several services at once sees a group's plan whole or not at all: real Consul, real commands, bare blocking queries. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { systemClock } from "../../../core/clock.ts";
import type { Store } from "../../../core/store/port.ts";
import { MANY_CONNECTIONS, openStore } from "../../bench/fleet/consul.ts";
import { flip, registerReleases } from "../../bench/fleet/operator.ts";
import { tornViews } from "../../campaign/checks/torn-views.ts";
import { type Watcher, watchAll } from "../../campaign/watch-all.ts";
import { type ConsulServer, startConsul } from "../../support/consul-server.ts";
import { brokenLinks, historyOf } from "../../support/history.ts";
import { seededRandom } from "../../support/random.ts";
import { rollpin } from "../../support/rollpin.ts";
import { until } from "../../support/until.ts";

/** `npm run prove -- atomic` asks for 200 and 100, and draws a seed where none is given. */
const WATCHERS = Number(process.env["ROLLPIN_WATCHERS"] ?? 20);
const ROLLBACKS = Number(process.env["ROLLPIN_GROUP_ROLLBACKS"] ?? 8);
const SEED = Number(process.env["ROLLPIN_SEED"] ?? 11);
const SERVICES = Array.from({ length: 15 }, (_, at) => `service-${String(at + 1).padStart(2, "0")}`);
const VERSIONS = ["1.0.0", "2.0.0"] as const;
const OPERATORS = 2;

let consul: ConsulServer;
const open: Store[] = [];
const over = new AbortController();
let watchers: readonly Watcher[] = [];

function connect(): Store {
  const store = openStore(consul.address);
  open.push(store);
  return store;
}

beforeAll(async () => {
  consul = await startConsul({ config: MANY_CONNECTIONS });
  const store = connect();
  for (const service of SERVICES) {
    await registerReleases(store, service, VERSIONS);
    for (const version of VERSIONS) await flip(store, service, version);
  }
  watchers = Array.from({ length: WATCHERS }, () => watchAll(connect(), SERVICES, over.signal));
  await until("all watch", () => watchers.every((watcher) => watcher.answers() > 0));
});
afterAll(async () => {
  over.abort();
  for (const store of open) store.close();
  await consul.stop();
});

/** Half of the groups are all services; the others overlap, so that two operators are in each other's way. */
function drawGroup(random: () => number): readonly string[] {
  return random() < 0.5 ? SERVICES : SERVICES.filter(() => random() < 0.6).concat("service-01", "service-02").filter((one, at, all) => all.indexOf(one) === at);
}

/** How it ended: exit 0 with its plan, or 4 where the other operator came first. */
async function rollBack(group: readonly string[]): Promise<string | undefined> {
  const { code, stderr, stdout } = await rollpin(["rollback", ...group, "--steps", "1", "--no-condemn", "--no-wait", "--yes", "-o", "json"], { consul: consul.address });
  if (code === 0) return (JSON.parse(stdout) as { readonly id: string }).id;
  expect(code, stderr).toBe(4);
  return undefined;
}

it(`${WATCHERS} watchers over ${SERVICES.length} services and ${ROLLBACKS} group rollbacks: no answer shows a plan in part (ROLLPIN_SEED=${SEED})`, { timeout: 60_000 + ROLLBACKS * 10_000 }, async () => {
  const random = seededRandom(SEED);
  const startedAt = systemClock.monotonic();
  const done: string[] = [];
  let conflicts = 0;
  await Promise.all(Array.from({ length: OPERATORS }, async () => {
    while (done.length < ROLLBACKS) {
      const plan = await rollBack(drawGroup(random));
      if (plan === undefined) conflicts += 1;
      else done.push(plan);
    }
  }));
  const histories = Object.fromEntries(await Promise.all(SERVICES.map(async (service) => [service, await historyOf(consul, service)] as const)));
  await until("every watcher has seen the end", () => watchers.every((watcher) => SERVICES.every((service) => watcher.latest()[service]?.revision === histories[service]?.at(-1)?.revision)));
  over.abort();
  await Promise.all(watchers.map(({ ended }) => ended));

  const views = watchers.flatMap((watcher) => watcher.seen());
  const torn = tornViews([...new Map(views.map((view) => [JSON.stringify(view), view])).values()], histories);
  const answers = watchers.reduce((sum, watcher) => sum + watcher.answers(), 0);
  console.log(`= ${done.length} group rollbacks by ${OPERATORS} operators in ${Math.round(systemClock.monotonic() - startedAt)} ms (${conflicts} conflicts), ${WATCHERS} watchers over ${SERVICES.length} services: ${answers} answers, ${views.length} of them new, ${torn.length} torn`);
  expect(torn).toEqual([]);
  for (const [service, history] of Object.entries(histories)) expect(brokenLinks(history), service).toEqual([]);
  const written = new Set(Object.values(histories).flatMap((history) => history.filter(({ kind }) => kind === "rollback").map(({ plan }) => plan)));
  expect([...written].sort()).toEqual(done.sort());
});
