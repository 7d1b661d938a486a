/** Two operators, each with a client of his own, at one real Consul and the same services. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../core/clock.ts";
import type { Plan } from "../../core/model/plan.ts";
import { planPin } from "../../core/decide/plans/plan-pin.ts";
import { applyPlan } from "../../core/operations/apply.ts";
import type { Store } from "../../core/store/port.ts";
import { storeAt } from "../contract/world.ts";
import { type ConsulServer, startConsul } from "../support/consul-server.ts";
import { type Done, type Operator, createOperator, describeBrokenHistory, must } from "../unit/operations/operator.ts";

const SERVICES = ["checkout", "payments", "search"] as const;
const VERSIONS = ["1.0.0", "1.1.0", "1.2.0", "2.0.0"] as const;
/** `npm run prove -- operators` asks for 1,000, about 15 s on two idle cores. */
const OPERATIONS = Number(process.env["ROLLPIN_OPERATIONS"] ?? 400);
const PATIENCE_MS = 180_000;
const KEEP_ALL = { keepRevisions: 100_000 };

let consul: ConsulServer;
const open: Store[] = [];

async function connect(prefix: string): Promise<Store> {
  const store = await storeAt({ address: consul.address }, { prefix });
  open.push(store);
  return store;
}

beforeAll(async () => {
  consul = await startConsul();
});

afterAll(async () => {
  for (const store of open) store.close();
  await consul.stop();
});

/** Seeded, so that each run tries the same operations; how they interleave is up to Consul. */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

interface Attempt {
  readonly done: Promise<Done>;
  /** A verdict alone gets no revision. */
  readonly isRecorded: boolean;
}

function operate(operator: Operator, random: (below: number) => number): Attempt {
  const service = SERVICES[random(SERVICES.length)] ?? SERVICES[0];
  const version = VERSIONS[random(VERSIONS.length)] ?? VERSIONS[0];
  switch (random(8)) {
    case 0:
      return { done: operator.rollback(service), isRecorded: true };
    case 1:
      return { done: operator.rollback([...SERVICES], { target: { kind: "steps", steps: 1 }, condemn: false }), isRecorded: true };
    case 2:
      return { done: operator.undo(service), isRecorded: true };
    case 3:
      return { done: operator.judge(service, version, random(2) === 0 ? undefined : "good"), isRecorded: false };
    case 4:
      return { done: operator.config(service, `limit: ${random(5)}`), isRecorded: true };
    default:
      return { done: operator.pin(service, version, { override: true }), isRecorded: true };
  }
}

test(`two operators at once, ${OPERATIONS} operations at random: one wins, the other conflicts, and history is whole`, async () => {
  const startedAt = systemClock.monotonic();
  const operators = await Promise.all(["alice", "bob"].map(async (name) => createOperator(await connect("rollpin"), name, () => systemClock.now(), KEEP_ALL)));
  for (const service of SERVICES) await operators[0]?.register(service, ...VERSIONS);

  const acknowledged: string[] = [];
  for (const service of SERVICES) {
    const { id } = must((await operators[0]?.pin(service, VERSIONS[0])) ?? { ok: false, fault: { kind: "usage", message: "there is no operator" } });
    acknowledged.push(`${service} 1 ${id}`);
  }
  const outcomes: Record<string, number> = {};
  await Promise.all(
    operators.map(async (operator, place) => {
      const random = createRandom(7 + place);
      for (let turn = 0; turn < OPERATIONS / operators.length; turn += 1) {
        const { done, isRecorded } = operate(operator, random);
        const ended = await done;
        const outcome = ended.ok ? "done" : ended.fault.kind === "refused" ? `refused (${ended.fault.check})` : ended.fault.kind;
        outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
        if (ended.ok && isRecorded) acknowledged.push(...ended.value.services.map(({ service, revision }) => `${service} ${revision} ${ended.value.id}`));
      }
    }),
  );

  const written: string[] = [];
  for (const service of SERVICES) {
    const facts = await operators[0]?.facts(service);
    if (facts === undefined) throw new Error("there is no operator");
    expect(describeBrokenHistory(facts), service).toEqual({ ok: true, value: undefined });
    expect(facts.unreadable).toEqual([]);
    for (const { revision, plan, before } of facts.history) {
      written.push(`${service} ${revision} ${plan}`);
      expect(before, `${service} ${revision} starts where the one before ended`).toEqual(facts.history.find((entry) => entry.revision === revision - 1)?.after ?? { pins: {} });
    }
  }
  expect(written.sort()).toEqual(acknowledged.sort());
  expect(new Set(written).size).toBe(written.length);
  expect(outcomes["conflict"]).toBeGreaterThan(OPERATIONS / 50);
  expect(Object.keys(outcomes).filter((kind) => !/^(done|conflict|nothing-to-change|refused \((target|condemned)\))$/.test(kind))).toEqual([]);
  console.log(`= ${OPERATIONS} operations in ${Math.round(systemClock.monotonic() - startedAt)} ms: ${JSON.stringify(outcomes)}; ${written.length} revisions over ${SERVICES.length} services, each acknowledged once`);
}, PATIENCE_MS);

test("of a hundred operators with one and the same reading, exactly one wins each round", async () => {
  const store = await connect("crowd");
  const operator = createOperator(store, "alice");
  await operator.register("checkout", ...VERSIONS);
  for (let round = 0; round < 10; round += 1) {
    const facts = await operator.facts("checkout");
    const version = VERSIONS[round % 2] ?? VERSIONS[0];
    const planned = planPin(facts, { service: "checkout", track: "stable", version, override: false }, { now: systemClock.now() });
    if (!planned.ok) throw new Error(JSON.stringify(planned.fault));
    const plan: Plan = planned.value;
    const applied = await Promise.all(Array.from({ length: 100 }, (_, place) => applyPlan(store, plan, { by: `operator-${place}`, now: systemClock.now(), planSuffix: "aaaaaa" })));
    expect(applied.filter(({ ok }) => ok)).toHaveLength(1);
    const winner = `operator-${applied.findIndex(({ ok }) => ok)}`;
    for (const one of applied) {
      if (one.ok) continue;
      expect(one.fault).toMatchObject({ kind: "refusal", refusal: { kind: "conflict", message: expect.stringContaining(`${winner} changed checkout`) as string } });
    }
    expect((await operator.facts("checkout")).history[0]).toMatchObject({ revision: round + 1, by: winner });
  }
});
