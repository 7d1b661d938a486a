import { describe, expect, it } from "vitest";
import { planPin } from "../../../../core/decide/plans/plan-pin.ts";
import { planRestore } from "../../../../core/decide/plans/plan-restore.ts";
import { digestOf } from "../../../../core/decide/digest.ts";
import type { DesiredState } from "../../../../core/model/desired.ts";
import type { InstanceRecord, RememberedRecord } from "../../../../core/model/records.ts";
import type { RestoreRequest } from "../../../../core/model/requests.ts";
import { NOW, type Story, factsOf, pinned, timeOf } from "../facts.ts";

const ahead = (instance: string, revision: number): Partial<InstanceRecord> => ({ instance, revision, seen: 2, status: "held", reason: { code: "restored", message: "Consul is older" }, restored: true });
const left = (revision: number, state: DesiredState, by = "one"): RememberedRecord => ({ revision, plan: `checkout.${revision}-bbbbbb`, state, by, at: timeOf(revision) });

/** Consul is back at revision 2; agents applied up to 5. */
const story: Story = { states: [pinned("1.0.0"), pinned("1.1.0", { config: "old" })], registered: ["1.0.0", "1.1.0", "2.0.0"], instances: [ahead("one", 5), ahead("two", 4)] };
const latest = left(5, pinned("2.0.0", { config: "new" }));
const accept: RestoreRequest = { choice: "accept", revision: undefined };
const reassert: RestoreRequest = { choice: "reassert", revision: undefined };

function planned(request: RestoreRequest, remembered: readonly RememberedRecord[] = [latest], more: Story = {}) {
  return planRestore([{ facts: factsOf({ ...story, ...more }), remembered }], request);
}

describe("planRestore", () => {
  it("accepts Consul's state in a revision above all that was applied, and writes nothing else", () => {
    expect(planned(accept)).toMatchObject({ ok: true, value: { kind: "restore", services: [{ above: 5, recorded: true, writes: [], after: { pins: { stable: "1.1.0" }, config: "old" }, settles: [digestOf(latest.state)] }] } });
  });

  it("reasserts what was applied last, with all its parts", () => {
    const plan = planned(reassert, [left(4, pinned("1.0.0"), "two"), latest]);
    expect(plan).toMatchObject({ ok: true, value: { services: [{ above: 5, after: latest.state, writes: [{ part: "pin", text: "2.0.0", modifyIndex: 200 }, { part: "config", text: "new", modifyIndex: 200 }] }] } });
    expect(plan.ok && plan.value.notes.join()).toContain("only revision 4; --revision takes that instead");
  });

  it("reasserts an older one where that is asked for", () => {
    expect(planned({ choice: "reassert", revision: 4 }, [left(4, pinned("1.0.0"), "two"), latest])).toMatchObject({ ok: true, value: { services: [{ above: 5, after: pinned("1.0.0") }] } });
  });

  it("makes the service anew where Consul was emptied", () => {
    const facts = { ...factsOf({ registered: ["2.0.0"], instances: [ahead("one", 5)] }), head: undefined };
    expect(planRestore([{ facts, remembered: [latest] }], reassert)).toMatchObject({ ok: true, value: { services: [{ above: 5, writes: [{ part: "pin", text: "2.0.0", modifyIndex: undefined }, { part: "config", text: "new" }] }] } });
    expect(planRestore([{ facts, remembered: [latest] }], accept)).toMatchObject({ ok: false, fault: { kind: "refused", check: "target" } });
  });

  it.each([
    ["nobody left anything yet", [], {}, "target", "no agent of checkout has left"],
    ["agents disagree about one revision", [latest, left(5, pinned("1.1.0"), "two")], {}, "target", "different states as revision 5"],
    ["the version isn't registered any more", [latest], { registered: ["1.0.0"] }, "registered", "2.0.0 is not a registered release"],
  ])("refuses to reassert where %s", (_, remembered, more, check, words) => {
    const plan = planned(reassert, remembered, more);
    expect(plan).toMatchObject({ ok: false, fault: { kind: "refused", check } });
    expect(!plan.ok && plan.fault.message).toContain(words);
  });

  it("knows no service of which nothing is there", () => {
    expect(planRestore([{ facts: { ...factsOf(), head: undefined }, remembered: [] }], accept)).toMatchObject({ ok: false, fault: { kind: "usage" } });
  });

  it.each([
    ["is held by a local pin", { status: "held", reason: { code: "local-pin", message: "held to 1.0.0" } }],
    ["crashes", { status: "stalled", reason: { code: "crash-loop", message: "it crashes" } }],
    ["is being restarted", { status: "reconciling", reason: undefined }],
  ] as const)("counts an instance that is ahead and %s", (_, besides) => {
    const instances = [{ ...ahead("one", 5), ...besides }];
    expect(planned(accept, [latest], { instances })).toMatchObject({ ok: true, value: { services: [{ above: 5 }] } });
    const pinning = planPin(factsOf({ ...story, instances }), { service: "checkout", track: "stable", version: "1.0.0", override: false }, { now: NOW });
    expect(pinning).toMatchObject({ ok: false, fault: { kind: "refused", check: "restored" } });
  });

  it("has nothing to do where no instance is ahead, also right after it was settled", () => {
    expect(planned(accept, [], { instances: [{ instance: "one", revision: 2 }] })).toMatchObject({ ok: false, fault: { kind: "nothing-to-change" } });
    expect(planned(accept, [], { instances: [ahead("one", 1)] })).toMatchObject({ ok: false, fault: { kind: "nothing-to-change" } });
  });
});

describe("other plans meanwhile", () => {
  it("are refused, with the ways out, and no override passes", () => {
    const plan = planPin(factsOf(story), { service: "checkout", track: "stable", version: "1.0.0", override: true }, { now: NOW });
    expect(plan).toMatchObject({ ok: false, fault: { kind: "refused", check: "restored" } });
    expect(!plan.ok && plan.fault.message).toContain('"rollpin restore accept checkout"');
  });
});
