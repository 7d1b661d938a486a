/** Whatever is done in whatever order, the promises about rollback, undo and history hold. */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { ServiceFacts } from "../../../core/model/facts.ts";
import { createMemoryStore } from "../../../core/store/memory.ts";
import { type Done, createOperator, describeBrokenHistory, must } from "./operator.ts";

/** Hundreds of runs, on machines that do other things besides. */
const PATIENCE_MS = 60_000;

const VERSIONS = ["1.0.0", "1.1.0", "1.2.0", "2.0.0-rc.1"] as const;
const version = fc.constantFrom(...VERSIONS);
const track = fc.constantFrom("stable", "canary", "constructor");

const step = fc.oneof(
  fc.record({ do: fc.constant("pin" as const), version, track, override: fc.boolean() }),
  fc.record({ do: fc.constant("config" as const), text: fc.constantFrom("a", "b", undefined) }),
  fc.record({ do: fc.constant("flip" as const), key: fc.constantFrom("pin", "pin.canary", "config", "routes", "pace"), text: fc.oneof(version, fc.constantFrom("none", "nonsense here", "9.9.9", "", "1.1.0 !override")) }),
  fc.record({ do: fc.constant("vanish" as const), key: fc.constantFrom("pin", "config") }),
  fc.record({ do: fc.constant("judge" as const), version, verdict: fc.constantFrom("good" as const, "condemned" as const, undefined) }),
  fc.record({ do: fc.constant("rollback" as const), track, only: fc.constantFrom(undefined, undefined, "pin" as const, "config" as const), override: fc.boolean() }),
  fc.record({ do: fc.constant("undo" as const) }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function createWorld() {
  const store = createMemoryStore();
  let now = Date.parse("2026-03-01T00:00:00.000Z");
  const alice = createOperator(store, "alice", () => (now += 1_000));
  const run = async (one: Step): Promise<Done | undefined> => {
    switch (one.do) {
      case "pin":
        return alice.pin("checkout", one.version, one);
      case "config":
        return alice.config("checkout", one.text);
      case "judge":
        return alice.judge("checkout", one.version, one.verdict);
      case "rollback":
        return alice.rollback("checkout", { track: one.track, only: one.only, override: one.override });
      case "undo":
        return alice.undo("checkout");
      case "flip":
        store.putByHand(`desired/checkout/${one.key}`, one.text);
        return undefined;
      case "vanish":
        await store.transact([{ kind: "delete", key: `desired/checkout/${one.key}` }]);
        return undefined;
    }
  };
  return { alice, run };
}

const essenceOf = ({ accepted, verdicts }: ServiceFacts) => ({ accepted, verdicts: Object.fromEntries([...verdicts].map(([name, { value }]) => [name, value])) });

test("after any steps history is whole, and no pin is accepted that was never registered", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const { alice, run } = createWorld();
      await alice.register("checkout", ...VERSIONS);
      for (const one of steps) await run(one);
      const facts = await alice.facts("checkout");
      expect(facts.unreadable).toEqual([]);
      expect(describeBrokenHistory(facts)).toEqual({ ok: true, value: undefined });
      for (const pin of Object.values(facts.accepted.pins)) expect(["none", ...VERSIONS]).toContain(pin);
    }),
    { numRuns: 150 },
  );
}, PATIENCE_MS);

test("a rollback without override never lands on a condemned version, and what it leaves is not gone back to", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), track, async (steps, which) => {
      const { alice, run } = createWorld();
      await alice.register("checkout", ...VERSIONS);
      for (const one of steps) await run(one);
      const left = new Set<string>();
      for (let turn = 0; turn < VERSIONS.length + 1; turn += 1) {
        const before = await alice.facts("checkout");
        const done = await alice.rollback("checkout", { track: which });
        if (!done.ok) {
          expect(["refused", "nothing-to-change"]).toContain(done.fault.kind);
          return;
        }
        const after = await alice.facts("checkout");
        const [from, to] = [after.history[0]?.before.pins, after.accepted.pins];
        if (from?.[which] === to[which]) continue; // It restored what was accepted over garbage.
        expect(before.verdicts.get(to[which] ?? "")?.value.verdict).not.toBe("condemned");
        expect(left).not.toContain(to[which]);
        left.add(from?.[which] ?? "");
      }
    }),
    { numRuns: 150 },
  );
}, PATIENCE_MS);

test("undo is the exact inverse, and the undo of the undo is the plan again", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 15 }), step, async (steps, last) => {
      const { alice, run } = createWorld();
      await alice.register("checkout", ...VERSIONS);
      for (const one of steps) await run(one);
      // Flips are adopted first, so that what the last step starts from is recorded.
      await alice.change(["checkout"], () => ({ ok: false, fault: { kind: "nothing-to-change", message: "" } }));
      const before = essenceOf(await alice.facts("checkout"));
      const done = await run(last);
      fc.pre(done?.ok === true && last.do !== "judge");
      const after = essenceOf(await alice.facts("checkout"));
      // What was condemned, and flipped to by hand all the same, is obeyed once the plan has cleared it: a word that came after the plan.
      await alice.change(["checkout"], () => ({ ok: false, fault: { kind: "nothing-to-change", message: "" } }));
      fc.pre((await alice.facts("checkout")).history[0]?.kind !== "external");
      const undone = await alice.undo("checkout");
      // The bad version stays out: an undo may not land on what was condemned before.
      // Nor is there anything to take back where garbage was written over: garbage is never history.
      if (!undone.ok && undone.fault.kind === "nothing-to-change") expect(after).toEqual(before);
      else if (!undone.ok) expect(undone.fault).toMatchObject({ kind: "refused", check: "condemned" });
      fc.pre(undone.ok);
      expect(essenceOf(await alice.facts("checkout"))).toEqual(before);
      must(await alice.undo("checkout"));
      expect(essenceOf(await alice.facts("checkout"))).toEqual(after);
    }),
    { numRuns: 200 },
  );
}, PATIENCE_MS);
