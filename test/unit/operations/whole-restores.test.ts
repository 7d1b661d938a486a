/** Restores of more services than one transaction takes: once the first agents were told whose word counts, it is finished. */
import { expect, test } from "vitest";
import { digestOf } from "../../../core/decide/digest.ts";
import { planRestore } from "../../../core/decide/plans/plan-restore.ts";
import type { Plan } from "../../../core/model/plan.ts";
import type { RememberedRecord } from "../../../core/model/records.ts";
import { applyWhole } from "../../../core/operations/apply-whole.ts";
import { abortOperation, resumeOperation } from "../../../core/operations/journal/resume-operation.ts";
import { factsOf } from "../decide/facts.ts";
import { planOf } from "../decide/plans/outcome.ts";
import { fillWorld, taker } from "./filled-world.ts";
import { dieAt } from "./mortal-store.ts";
import { must } from "./operator.ts";

const NOW = Date.parse("2026-03-01T12:00:00.000Z");
const SERVICES = Array.from({ length: 40 }, (_, place) => `s${String(place).padStart(2, "0")}`);
const ID = "s00.6-aaaaaa";
const WHO = { by: "bob@desk", reason: "a disk was lost", now: NOW, planSuffix: "aaaaaa" };

/** Consul is back at revision 1; agents had applied 5. */
const AHEAD = factsOf({ instances: [{ instance: "one", revision: 5, seen: 1, status: "held", restored: true }] }).instances;
const LEFT: RememberedRecord = { revision: 5, plan: "s00.5-bbbbbb", state: { pins: { stable: "2" } }, by: "one", at: "2026-03-01T11:00:00.000Z" };

const { world, store, alice, refill } = fillWorld(NOW, async (alice, store) => {
  for (const service of SERVICES) {
    await alice.register(service, "1", "2");
    must(await alice.pin(service, "1"));
    store.putByHand(`remembered/${service}/${digestOf(LEFT.state)}`, JSON.stringify(LEFT));
  }
});

async function planReassert(): Promise<Plan> {
  const restored = await Promise.all(SERVICES.map(async (service) => ({ facts: { ...(await alice.facts(service)), instances: AHEAD }, remembered: [LEFT] })));
  return planOf(planRestore(restored, { choice: "reassert", revision: undefined }));
}


/** What stands for each, in short. */
async function stateOf(): Promise<readonly string[]> {
  const facts = await Promise.all(SERVICES.map((service) => alice.facts(service)));
  const left = await store.keys("remembered/");
  const remembered = new Set(left.ok ? left.value.map((key) => key.split("/")[1]) : []);
  return facts.map(({ accepted, head, history, service }) => [accepted.pins["stable"], head?.value.revision, head?.value.operation?.id ?? "unmarked", history.map(({ revision }) => revision).join(), remembered.has(service) ? "remembered" : "settled"].join(" "));
}

const BEFORE = SERVICES.map(() => "1 1 unmarked 1 remembered");
const AFTER = SERVICES.map(() => "2 6 unmarked 6,1 settled");

test("a restore of forty services is done in steps, each of which can't be taken back", async () => {
  expect(await stateOf()).toEqual(BEFORE);
  const seen: string[] = [];
  const applied = await applyWhole(store, await planReassert(), WHO, { onProgress: ({ back, phase, steps }) => seen.push(`${phase} ${back === true && steps.every(({ final }) => final === true)}`) });
  expect(applied).toMatchObject({ ok: true, value: { id: ID } });
  expect(new Set(seen)).toEqual(new Set(["reserving true", "running true", "releasing true", "done true"]));
  expect(await stateOf()).toEqual(AFTER);
});

test("killed at any of its writes, an abort takes it back before its first step has begun, and else it is finished", { timeout: 120_000 }, async () => {
  const outcomes = { before: 0, after: 0, refused: 0 };
  for (const when of ["before", "after"] as const) {
    for (let at = 1; at < 40; at += 1) {
      refill();
      const plan = await planReassert();
      if (!(await dieAt({ world, id: ID, at, when }, (dying) => applyWhole(dying, plan, WHO)))) break;
      const aborted = await abortOperation(store, ID, taker());
      const refused = !aborted.ok && aborted.fault.kind === "refusal" && aborted.fault.refusal.kind === "refused" && /can't be taken back any more, because it has begun what can't be: the restore of s00, s01 and \d+ more|is done but for its marks/.test(aborted.fault.refusal.message);
      if (refused) {
        outcomes.refused += 1;
        expect(await resumeOperation(store, ID, taker())).toMatchObject({ ok: true });
      }
      const state = await stateOf();
      const isAfter = state[0] === AFTER[0];
      outcomes[isAfter ? "after" : "before"] += 1;
      expect(state, `killed ${when} write ${at}`).toEqual(isAfter ? AFTER : BEFORE);
      if (refused) expect(isAfter).toBe(true);
    }
  }
  expect(outcomes.before).toBeGreaterThan(6);
  expect(outcomes.refused).toBeGreaterThan(6);
});

test("a rollback waits for one that has begun", async () => {
  const stopped = new AbortController();
  await applyWhole(store, await planReassert(), WHO, { interrupted: stopped.signal, onProgress: ({ next }) => void (next === 1 && stopped.abort()) });
  expect(await alice.rollback("s00")).toMatchObject({ ok: false, fault: { kind: "conflict", message: expect.stringContaining(`${ID} (restore by bob@desk`) as string } });
});
