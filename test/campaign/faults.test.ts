import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../core/clock.ts";
import { historyOf } from "../support/history.ts";
import { findViolations } from "./checker.ts";
import type { Evidence } from "./evidence.ts";
import { nemeses } from "./nemesis.ts";
import { type Outcome, act } from "./operator.ts";
import { type Fault, planSchedule } from "./schedule.ts";
import { settle } from "./settle.ts";
import { SERVICES, VERSIONS, type World, startWorld } from "./world.ts";

/** `npm run prove -- faults --faults 1000 --seed 7` sets both, `npm run prove` alone draws a seed; without it nothing runs here. */
const FAULTS = Number(process.env["ROLLPIN_FAULTS"] ?? 0);
const SEED = Number(process.env["ROLLPIN_SEED"] ?? 11);

let world: World;
beforeAll(async () => {
  if (FAULTS > 0) world = await startWorld();
});
afterAll(() => (FAULTS > 0 ? world.stop() : undefined));

/** The operator begins, the fault strikes, and is mended; the operator may be at it until after that. */
async function strike(fault: Fault): Promise<Outcome> {
  const cli = new AbortController();
  const agent = world.agents[fault.agent];
  if (agent === undefined) throw new Error(`there is no agent ${fault.agent}`);
  const target = { world, agent, killCli: () => cli.abort() };
  const acting = act(world, fault.action, cli.signal);
  await systemClock.sleep(fault.afterMs);
  await nemeses[fault.kind].inflict(target);
  await systemClock.sleep(fault.holdMs);
  await nemeses[fault.kind].heal(target);
  return acting;
}

async function gather(outcomes: readonly Outcome[]): Promise<Evidence> {
  const settled = await settle(world);
  const requests = (await Promise.all(world.clients.map((client) => client.end()))).flat();
  const histories = Object.fromEntries(await Promise.all(SERVICES.map(async (service) => [service, await historyOf(world.consul, service)] as const)));
  return { commands: outcomes.map(({ command }) => command), acknowledged: outcomes.flatMap(({ acknowledged }) => acknowledged ?? []), promised: outcomes.flatMap(({ promised }) => promised), excuses: world.excuses, requests, histories, settled };
}

function tally(outcomes: readonly Outcome[]): string {
  const counts = new Map<string, number>();
  for (const { command: { code } } of outcomes) counts.set(String(code ?? "killed"), (counts.get(String(code ?? "killed")) ?? 0) + 1);
  return [...counts].sort(([one], [other]) => one.localeCompare(other)).map(([code, count]) => `exit ${code}: ${count}`).join(", ");
}

describe.runIf(FAULTS > 0)("faults drawn at random", () => {
  it(`${FAULTS} of them break no promise (--seed ${SEED})`, { timeout: 300_000 + FAULTS * 30_000 }, async () => {
    const schedule = planSchedule({ seed: SEED, faults: FAULTS, agents: world.agents.length, services: SERVICES, versions: VERSIONS });
    const outcomes: Outcome[] = [];
    for (const fault of schedule) outcomes.push(await strike(fault));
    const evidence = await gather(outcomes);
    const violations = findViolations(evidence);
    const { acknowledged, histories, promised, requests } = evidence;
    console.log(`= ${FAULTS} faults of seed ${SEED}: ${tally(outcomes)}; ${acknowledged.length} changes acknowledged, ${Object.values(histories).flat().length} revisions, ${promised.length} times applied`);
    console.log(`= ${requests.length} requests, ${requests.filter(({ failure }) => failure !== undefined).length} failed; ${violations.length} violations`);
    for (const violation of violations) console.log(`! ${violation}`);
    expect(violations, `npm run prove -- faults --faults ${FAULTS} --seed ${SEED}\n${schedule.map((fault) => JSON.stringify(fault)).join("\n")}`).toEqual([]);
  });
});
