import { describe, expect, it } from "vitest";
import { determineHookRun } from "../../../../core/decide/hooks/determine-hook-run.ts";
import type { HookAsk, HookRun } from "../../../../core/model/hook-records.ts";

const ASK: HookAsk = { step: 1, ask: 2, asked: { kind: "hook", service: "shop", hook: "migrate", way: "down", from: 8, to: 7 } };
const WHO = { at: "2026-03-01T03:12:45.120Z", by: "shop-1" };
const BEGUN: HookRun = { operation: "shop.4-abcdef", step: 1, way: "down", from: 8, to: 7, ask: 2, attempt: 1, tries: 1, state: "begun", ...WHO };

describe("the next run of a hook", () => {
  it.each<[string, HookRun | undefined, HookRun | undefined]>([
    ["is the first", undefined, BEGUN],
    ["is the first of this step, whatever another came to", { ...BEGUN, step: 0, state: "done" }, BEGUN],
    ["is the first of this operation", { ...BEGUN, operation: "shop.3-abcdef", state: "done" }, BEGUN],
    ["is the first of this way", { ...BEGUN, way: "up", state: "done" }, BEGUN],
    ["isn't due once it is done", { ...BEGUN, state: "done" }, undefined],
    ["isn't due once it was done for an earlier ask", { ...BEGUN, ask: 1, state: "done" }, undefined],
    ["is another attempt where one was cut off", BEGUN, { ...BEGUN, attempt: 2, tries: 2 }],
    ["is another try where one failed", { ...BEGUN, state: "failed", attempt: 4, tries: 2 }, { ...BEGUN, attempt: 5, tries: 3 }],
    ["isn't due once its tries are spent", { ...BEGUN, state: "failed", tries: 3, spent: true }, undefined],
    ["is due again where somebody asks anew", { ...BEGUN, ask: 1, state: "failed", attempt: 3, tries: 3, spent: true }, { ...BEGUN, attempt: 4 }],
  ])("%s", (_, last, run) => {
    expect(determineHookRun("shop.4-abcdef", ASK, last, WHO)).toEqual(run);
  });
});
