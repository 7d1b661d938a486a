/** Whoever the guard depends on is killed while it guards, and it too: each change ends once, and no good release is turned back for that. */
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { systemClock } from "../../core/clock.ts";
import { alertmanagerProgram } from "../support/alertmanager-server.ts";
import { natsProgram } from "../support/nats-server.ts";
import { prometheusProgram } from "../support/prometheus-server.ts";
import { rabbitmqProgram } from "../support/rabbitmq-server.ts";
import { pick, seededRandom } from "../support/random.ts";
import { until } from "../support/until.ts";
import { determineEnding } from "./guarded/determine-ending.ts";
import { type GuardHost, readLeads } from "./guarded/guard-hosts.ts";
import { type BusKind, type GuardedWorld, startGuardedWorld } from "./guarded/guarded-world.ts";
import { createRounds, drawRound, versionOf } from "./guarded/rounds.ts";
import { type Strike, VICTIMS, type Victim, drawStrikes, strike } from "./guarded/strikes.ts";

const SEED = Number(process.env["ROLLPIN_SEED"] ?? 3);
const SERVICES = ["cart", "catalog", "search", "wallet"];
/** Batches of as many rounds as there are services. */
const BATCHES: Readonly<Record<BusKind, number>> = { RabbitMQ: Number(process.env["ROLLPIN_SERVER_KILLS_RABBITMQ"] ?? 0), NATS: Number(process.env["ROLLPIN_SERVER_KILLS_NATS"] ?? 0) };

interface Told {
  readonly service: string;
  readonly version: string;
  /** Meanwhile. */
  readonly killed: readonly Victim[];
  readonly ending: string;
  readonly wrong: readonly string[];
}

async function playBatch(world: GuardedWorld, rounds: ReturnType<typeof createRounds>, batch: number, random: () => number): Promise<readonly Told[]> {
  const strikes = drawStrikes(random, VICTIMS[batch % VICTIMS.length] ?? "guard");
  const killed = strikes.map(({ victim }) => victim);
  const begun = await Promise.all(world.services.map((service, at) => rounds.begin(service, drawRound(random, batch * SERVICES.length + at))));
  let mendedAt: number | undefined;
  const striking = strikeUntilMended(world, strikes, random).then(() => (mendedAt = systemClock.monotonic()));
  const [ended] = await Promise.all([Promise.all(begun.map((round) => rounds.end(round, () => mendedAt))), striking]);
  return Promise.all(
    ended.map(async ({ evidence, wrong }, at): Promise<Told> => {
      const [service, version, ending] = [SERVICES[at] ?? "", evidence.version, determineEnding(evidence)];
      if (wrong.length > 0) await keepEvidence(world, { service, strikes, wrong, evidence, policy: begun[at]?.policy });
      if (ending === "paused") console.log(`${service} ${version} pauses after ${killed.join(", ")} was killed: ${evidence.rollout?.paused?.why ?? evidence.state?.paused?.why}`);
      return { service, version, killed, ending: `${evidence.kind} ${ending}`, wrong };
    }),
  );
}

/** Resolves when all are back, and every service is guarded by one that lives. */
async function strikeUntilMended({ consul, guards, servers }: GuardedWorld, strikes: readonly Strike[], random: () => number): Promise<void> {
  const before = [...(await readLeads(consul)).values()];
  const leader = pick(random, guards.filter(({ name }) => before.some((lead) => lead.leader === name)) as [GuardHost]);
  await strike(strikes, (victim) => (victim === "guard" ? leader : servers[victim]));
  const isKilled = strikes.some(({ victim }) => victim === "guard");
  const ended = before.filter((lead) => isKilled && lead.leader === leader.name).map(({ session }) => session);
  await until("every service is guarded", async () => {
    const now = [...(await readLeads(consul)).values()];
    return now.length === SERVICES.length && now.every(({ session }) => !ended.includes(session));
  }, { deadlineMs: 90_000 });
}

const kept: { readonly folder: string; readonly world: GuardedWorld }[] = [];

async function keepEvidence(world: GuardedWorld, found: { readonly service: string; readonly strikes: readonly Strike[]; readonly [more: string]: unknown }): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "rollpin-violation-"));
  await writeFile(join(folder, `${found.service}.json`), JSON.stringify(found, (_, value: unknown) => (value instanceof Set ? [...value] : value), 2));
  kept.push({ folder, world });
  for (const wrong of found["wrong"] as readonly string[]) console.log(`! ${found.service}: ${wrong}; what is known of it is in ${folder}`);
}

/** How often which change ended how, by who was killed meanwhile, often several of them. */
function tableOf(all: readonly Told[]): readonly string[] {
  const endings = [...new Set(all.map(({ ending }) => ending))].sort();
  const row = (first: string, cells: readonly (number | string)[]): string => `= ${first.padEnd(14)}${cells.map((cell) => String(cell).padStart(24)).join("")}`;
  const counts = (some: readonly Told[]): readonly number[] => endings.map((ending) => some.filter((one) => one.ending === ending).length);
  return [row("killed", endings), ...VICTIMS.map((victim) => row(victim, counts(all.filter(({ killed }) => killed.includes(victim))))), row("all", counts(all))];
}

const isLeftOut = prometheusProgram === undefined || alertmanagerProgram === undefined;

describe.each([
  ["RabbitMQ", rabbitmqProgram],
  ["NATS", natsProgram],
] as const)("guarded services whose servers are killed, with %s", (bus, program) => {
  const batches = BATCHES[bus];
  it.skipIf(isLeftOut || program === undefined || batches === 0)(`${batches * SERVICES.length} changes end once each, and no good one is turned back (ROLLPIN_SEED=${SEED})`, { timeout: 120_000 + batches * 300_000 }, async () => {
    const random = seededRandom(SEED + bus.length);
    const world = await startGuardedWorld(bus, SERVICES, Array.from({ length: batches * SERVICES.length }, (_, number) => versionOf(number)));
    const told: Told[] = [];
    try {
      const rounds = createRounds({ consul: world.consul, heard: world.pager.heard });
      for (let batch = 0; batch < batches; batch += 1) told.push(...(await playBatch(world, rounds, batch, random)));
    } finally {
      await world.close();
      for (const { folder } of kept.splice(0)) for (const guard of world.guards) await writeFile(join(folder, `${guard.name}.log`), guard.log());
      if (told.length > 0) console.log([`= ${told.length} changes while servers were killed, with ${bus} (ROLLPIN_SEED=${SEED})`, ...tableOf(told)].join("\n"));
    }
    expect(told.flatMap(({ service, version, wrong }) => wrong.map((one) => `${service} ${version}: ${one}`))).toEqual([]);
  });
});
