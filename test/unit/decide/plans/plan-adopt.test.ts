import { describe, expect, it } from "vitest";
import { planAdopt } from "../../../../core/decide/plans/plan-adopt.ts";
import { planMode } from "../../../../core/decide/plans/plan-mode.ts";
import { planUndo } from "../../../../core/decide/plans/plan-undo.ts";
import type { ServiceFacts } from "../../../../core/model/facts.ts";
import type { Mode } from "../../../../core/model/records.ts";
import type { AdoptRequest } from "../../../../core/model/requests.ts";
import { NOW, type Story, factsOf, pinned } from "../facts.ts";

const one = { version: "1.4.1", instances: ["checkout-1", "checkout-2"] };
const canary = { version: "1.5.0", instances: ["checkout-3"] };
const request = (given: Partial<AdoptRequest> = {}): AdoptRequest => ({ service: "checkout", track: "stable", running: [one], unreadable: [], version: undefined, ...given });
const known: Story = { registered: ["1.4.1", "1.5.0"] };

function adopted(given: Partial<AdoptRequest> = {}, story: Story = known, mode?: Mode) {
  return planAdopt(withMode(factsOf(story), mode), request(given), { now: NOW });
}

function withMode(facts: ServiceFacts, mode: Mode | undefined): ServiceFacts {
  if (facts.head === undefined || mode === undefined) return facts;
  return { ...facts, head: { ...facts.head, value: { ...facts.head.value, mode } } };
}

describe("planAdopt", () => {
  it("pins what runs, and has agents observe", () => {
    expect(adopted()).toMatchObject({ ok: true, value: { kind: "adopt", services: [{ mode: "observe", writes: [{ part: "pin", text: "1.4.1", modifyIndex: undefined }], recorded: true }] } });
  });

  it("takes a person's word where several versions run, and names the others", () => {
    const plan = adopted({ running: [one, canary], version: "1.5.0" });
    expect(plan).toMatchObject({ ok: true, value: { services: [{ after: pinned("1.5.0") }] } });
    expect(plan.ok && plan.value.notes[0]).toContain("1.4.1 on 2 instances runs beside 1.5.0");
  });

  it.each([
    ["several versions run", { running: [one, canary] }, "several versions of checkout run: 1.4.1 on 2 instances, 1.5.0 on checkout-3"],
    ["nothing is there", { running: [] }, "shows no passing instance of checkout"],
    ["no version can be told", { running: [], unreadable: ["checkout-1: no Meta"] }, "the version of no instance can be told (checkout-1: no Meta)"],
    ["some can't be told", { unreadable: ["checkout-9: no Meta"] }, "some instances can't be told (checkout-9: no Meta)"],
  ])("refuses where %s, with the way out", (_, given, words) => {
    const plan = adopted(given);
    expect(plan).toMatchObject({ ok: false, fault: { kind: "refused", check: "target" } });
    expect(!plan.ok && plan.fault.message).toContain(words);
    expect(!plan.ok && plan.fault.message).toContain("--version");
  });

  it("has nothing to do the second time, and adopts nothing over another pin", () => {
    expect(adopted({}, { ...known, states: [pinned("1.4.1")] }, "observe")).toMatchObject({ ok: false, fault: { kind: "nothing-to-change" } });
    expect(adopted({}, { ...known, states: [pinned("1.5.0")] })).toMatchObject({ ok: false, fault: { kind: "usage" } });
  });

  it("takes an ejected service back", () => {
    expect(adopted({}, { ...known, states: [pinned("1.4.1")] }, "ejected")).toMatchObject({ ok: true, value: { services: [{ mode: "observe", writes: [] }] } });
  });
});

describe("planMode", () => {
  const story: Story = { ...known, states: [pinned("1.4.1")] };

  it.each([
    [undefined, "observe", "observe"],
    ["observe", "enforce", "enforce"],
    ["observe", "ejected", "eject"],
    ["ejected", "enforce", "enforce"],
  ] as const)("from %s to %s changes no key", (from, to, kind) => {
    expect(planMode([withMode(factsOf(story), from)], { mode: to, override: false }, { now: NOW })).toMatchObject({ ok: true, value: { kind, services: [{ mode: to, writes: [], recorded: true }] } });
  });

  it("has nothing to do where it is so", () => {
    expect(planMode([factsOf(story)], { mode: "enforce", override: false }, { now: NOW })).toMatchObject({ ok: false, fault: { kind: "nothing-to-change" } });
  });

  it("passes a forward freeze on the way to less, not to more", () => {
    const frozen = { ...story, freeze: { scope: "forward", by: "bob", at: new Date(NOW).toISOString() } as const };
    expect(planMode([factsOf(frozen)], { mode: "observe", override: false }, { now: NOW })).toMatchObject({ ok: true });
    expect(planMode([withMode(factsOf(frozen), "observe")], { mode: "enforce", override: false }, { now: NOW })).toMatchObject({ ok: false, fault: { check: "frozen" } });
  });

  it("is taken back by undo", () => {
    const facts = withMode(factsOf(story), "observe");
    const [newest, ...older] = facts.history;
    if (newest === undefined) throw new Error("the story has a revision");
    const history = [{ ...newest, kind: "observe" as const, before: newest.after, mode: { before: "enforce", after: "observe" } as const }, ...older];
    expect(planUndo([{ ...facts, history }], { plan: newest.plan, override: false }, { now: NOW })).toMatchObject({ ok: true, value: { services: [{ mode: "enforce", writes: [] }] } });
  });
});
