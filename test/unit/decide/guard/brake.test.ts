import { describe, expect, test } from "vitest";
import { type Brake, type BrakeFacts, applyBrake } from "../../../../core/decide/guard/brake.ts";
import { NO_STATE } from "../../../../core/decide/guard/next-state.ts";
import type { Deed, GuardState } from "../../../../core/model/guard-records.ts";
import type { Freeze } from "../../../../core/model/records.ts";
import { NOW } from "../facts.ts";

const ago = (ms: number): string => new Date(NOW - ms).toISOString();
const HOUR = 3_600_000;
const change = (ms: number, deed: Deed = "rollback", plan = `checkout.${ms}-aaaaaa`): GuardState["changes"][number] => ({ at: ago(ms), deed, plan, action: 1 });
const changed = (...changes: GuardState["changes"]): GuardState => ({ ...NO_STATE, changes });
const acted: GuardState = { ...NO_STATE, dealt: [{ cause: "stable:2.0.0@2", what: "acted", action: 1 }] };
const told: GuardState = { ...NO_STATE, dealt: [{ cause: "stable:2.0.0@2", what: "page:bad", action: 1 }] };
const latched: GuardState = { ...NO_STATE, latched: { at: ago(HOUR), why: "2 changes were made", action: 2 } };
const freeze = (scope: Freeze["scope"], until?: string): Freeze => ({ scope, by: "ann", at: ago(HOUR), ...(until === undefined ? {} : { until }) });

const brake = (facts: Partial<Omit<BrakeFacts, "policy">> & { readonly rollbacks?: number; readonly dryRun?: boolean }): Brake =>
  applyBrake({ deed: "rollback", cause: "stable:2.0.0@2", state: NO_STATE, group: [], freeze: undefined, now: NOW, ...facts, policy: { brake: { rollbacks: facts.rollbacks ?? 2, per: HOUR }, dryRun: facts.dryRun ?? false } });
const wordOf = (answer: Brake): string => (answer.kind === "hold" ? `${answer.outcome} ${answer.code}${answer.latches ? ", and latches" : ""}` : answer.kind);

describe("what the policy asks for", () => {
  test.each<[string, Parameters<typeof brake>[0], string]>([
    ["is done where nothing stands against it", {}, "go"],
    ["is not done a second time for one cause", { state: acted }, "over"],
    ["is not even told again", { state: acted, deed: "page" }, "over"],
    ["is done for a cause that was only told", { state: told }, "go"],
    ["is done for another cause", { state: acted, cause: "stable:2.0.0@4" }, "go"],
    ["is only said in a dry run", { dryRun: true }, "dry-run dry-run"],
    ["waits for a person where the brake is on", { state: latched }, "braked latched"],
    ["is told where the brake is on, if it is to be told only", { state: latched, deed: "page" }, "go"],
    ["stops at a freeze of everything", { freeze: freeze("all") }, "braked frozen"],
    ["passes a freeze of what goes forward", { freeze: freeze("forward") }, "go"],
    ["passes a freeze that is over", { freeze: freeze("all", ago(1)) }, "go"],
    ["is done with room left", { state: changed(change(1_000)) }, "go"],
    ["puts the brake on when it would be one too many", { state: changed(change(1_000), change(2_000)) }, "braked latched, and latches"],
    ["has forgotten what is longer ago", { state: changed(change(1_000), change(HOUR)) }, "go"],
    ["counts traffic that was moved", { state: changed(change(1_000, "shift"), change(2_000, "failover")) }, "braked latched, and latches"],
    ["doesn't count a freeze", { state: changed(change(1_000, "freeze"), change(2_000)) }, "go"],
    ["counts what guards of its group did", { state: changed(change(1_000)), group: [changed(change(3_000))] }, "braked latched, and latches"],
    ["counts a plan over several services once", { state: changed(change(1_000, "rollback", "a.1-aaaaaa")), group: [changed(change(1_000, "rollback", "a.1-aaaaaa"))] }, "go"],
    ["is never done where the policy allows none", { rollbacks: 0 }, "braked latched"],
    ["freezes, however many changes there were", { deed: "freeze", state: changed(change(1_000), change(2_000)) }, "go"],
  ])("%s", (_name, facts, expected) => {
    expect(wordOf(brake(facts))).toBe(expected);
  });

  test("the brake says how many, since when, and how many may be", () => {
    expect(brake({ state: changed(change(1_000), change(2_000)) })).toMatchObject({ why: `2 changes were made by the guard since ${ago(HOUR)}, here or in services that go back together with it, and the policy allows 2` });
  });
});
