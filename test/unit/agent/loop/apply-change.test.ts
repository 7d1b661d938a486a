import { describe, expect, it } from "vitest";
import { err, ok } from "../../../../core/model/result.ts";
import { applyChange } from "../../../../agent/loop/apply-change.ts";
import type { Applied, Applier, Change } from "../../../../agent/appliers/applier.ts";

const target = { version: "1.0.0", config: undefined, routes: undefined };
const change: Change = { service: "shop", instance: "shop-1", track: "stable", revision: 2, digest: "d", from: undefined, to: target, restart: false };
const signal = new AbortController().signal;

type Step = "check" | "apply" | "verify" | "undo" | "settle";

/** An applier that writes down what it was asked, and fails where it is told to. */
function scripted(name: string, log: string[], fails: Partial<Record<Step, "failed" | "refused">> = {}): Applier {
  const answer = (step: Step): Applied => {
    log.push(`${name} ${step}`);
    const kind = fails[step];
    return kind === undefined ? ok(undefined) : err({ applier: name, kind, message: `${name} can't ${step}` });
  };
  return {
    name,
    check: async () => answer("check"),
    apply: async () => answer("apply"),
    verify: async () => answer("verify"),
    undo: async () => answer("undo"),
    settle: async () => void answer("settle"),
    close: async () => undefined,
  };
}

async function run(failsOfB: Partial<Record<Step, "failed" | "refused">>, failsOfA: Partial<Record<Step, "failed" | "refused">> = {}): Promise<{ log: string[]; result: Applied }> {
  const log: string[] = [];
  const result = await applyChange([scripted("a", log, failsOfA), scripted("b", log, failsOfB), scripted("c", log)], change, signal);
  return { log, result };
}

describe("applyChange", () => {
  it("checks all, then applies and verifies each, then settles", async () => {
    const { log, result } = await run({});
    expect(result.ok).toBe(true);
    expect(log).toEqual(["a check", "b check", "c check", "a apply", "a verify", "b apply", "b verify", "c apply", "c verify", "a settle", "b settle", "c settle"]);
  });

  it("touches nothing where one refuses", async () => {
    const { log, result } = await run({ check: "refused" });
    expect(result).toMatchObject({ ok: false, fault: { kind: "refused", applier: "b" } });
    expect(log).toEqual(["a check", "b check"]);
  });

  it("undoes in reverse what was applied when one fails, which has put itself back", async () => {
    const { log, result } = await run({ apply: "failed" });
    expect(result).toMatchObject({ ok: false, fault: { kind: "failed", applier: "b" } });
    expect(log.slice(3)).toEqual(["a apply", "a verify", "b apply", "a undo"]);
  });

  it("undoes the one whose verification fails too", async () => {
    const { log } = await run({ verify: "failed" });
    expect(log.slice(3)).toEqual(["a apply", "a verify", "b apply", "b verify", "b undo", "a undo"]);
  });

  it("says so when something can't be put back, and keeps the first reason", async () => {
    const { result } = await run({ apply: "failed" }, { undo: "failed" });
    expect(result).toMatchObject({ ok: false, fault: { kind: "broken", applier: "b", message: "b can't apply; and a could not be put back: a can't undo" } });
  });
});
