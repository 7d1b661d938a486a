import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { asksForJson, parseLocalPinArguments } from "../../../../agent/local-pin/arguments.ts";
import { armAtReading, determineOutcome, determineWord } from "../../../../agent/local-pin/determine-end.ts";
import type { LocalPin } from "../../../../agent/local-pin/local-pin.ts";
import { overlayLocalPin } from "../../../../agent/local-pin/overlay.ts";
import { printEnded } from "../../../../agent/local-pin/print-ended.ts";
import type { Intent } from "../../../../agent/loop/intent.ts";
import type { Standing } from "../../../../agent/loop/loop-state.ts";
import { shapes } from "../../../../cli/output/shapes.ts";

const pin: LocalPin = { format: 1, id: "0123456789abcdef", version: "1.0.0", by: "ana@host", at: "2026-03-01T03:00:00.000Z", reason: "2.0.0 burns", insteadOf: "2.0.0", armed: true, applied: false };
const self = { service: "checkout", track: "stable", localVersion: undefined };
const unknown = (code: string): Intent => ({ kind: "unknown", hold: { code, message: "no answer" } });

function consul(version: string, changes: Partial<Intent & { kind: "consul" }> = {}): Intent & { kind: "consul" } {
  const pins = { stable: version, canary: "9.9.9" };
  return { kind: "consul", revision: 7, plan: undefined, mode: "enforce", restartRevision: 0, state: { pins, config: "a: 1" }, target: { version, config: "a: 1", routes: undefined }, digest: "d", refused: [], hold: undefined, ...changes };
}

describe("overlayLocalPin", () => {
  const facts = { self, remembered: undefined, isCutOff: true };

  it("changes the version, the digest and the hold, and nothing else of Consul's word", () => {
    const before = consul("2.0.0", { pacing: { text: "1", move: { revision: 7 } } as never });
    const laid = overlayLocalPin(before, pin, facts);
    expect(laid).toMatchObject({ kind: "consul", revision: 7, state: before.state, target: { version: "1.0.0", config: "a: 1" }, hold: { code: "local-pin" }, local: { isCutOff: true } });
    expect(laid.kind === "consul" ? laid.pacing : "none").toBeUndefined();
    expect(laid.hold?.message).toContain("2.0.0 burns");
  });

  it("goes by what is remembered where Consul was never heard, with its config", () => {
    const remembered = { revision: 4, state: { pins: { stable: "2.0.0" }, config: "b: 2" } };
    expect(overlayLocalPin(unknown("unreachable"), pin, { ...facts, remembered })).toMatchObject({ kind: "remembered", revision: 4, target: { version: "1.0.0", config: "b: 2" } });
  });

  it("works where nothing is known at all, but gives a start a moment to hear Consul", () => {
    expect(overlayLocalPin(unknown("unreachable"), pin, facts)).toMatchObject({ kind: "remembered", revision: 0, target: { version: "1.0.0" } });
    expect(overlayLocalPin(unknown("starting"), pin, facts)).toMatchObject({ kind: "unknown" });
  });

  it("without a pin the very intent is handed on", () => {
    const intent = consul("2.0.0");
    expect(overlayLocalPin(intent, undefined, facts)).toBe(intent);
  });
});

describe("Consul's word and a local pin", () => {
  it.each([
    ["goes on saying what the pin was set against", pin, consul("2.0.0"), "stays"],
    ["says the same as the pin", pin, consul("1.0.0"), "ends"],
    ["says something newer", pin, consul("3.0.0"), "ends"],
    ["changed another track only", pin, consul("2.0.0", { state: { pins: { stable: "2.0.0", canary: "8.0.0" } } }), "stays"],
    ["was unpinned", pin, consul("2.0.0", { state: { pins: {} } }), "ends"],
    ["isn't heard", pin, unknown("unreachable"), "stays"],
    ["is heard for the first time, and nobody knew what it said", { ...pin, insteadOf: undefined, armed: false }, consul("2.0.0"), "stays"],
  ] as const)("Consul %s", (_, local, intent, kind) => {
    expect(determineWord(local, intent, "stable").kind).toBe(kind);
  });

  it("a running agent arms it with what it saw newest; one without Consul with what was applied", () => {
    const fresh = { ...pin, insteadOf: "1.5.0", armed: false };
    expect(armAtReading(fresh, consul("2.0.0"), "stable")).toMatchObject({ insteadOf: "2.0.0", armed: true });
    expect(armAtReading(fresh, unknown("unreachable"), "stable")).toMatchObject({ insteadOf: "1.5.0", armed: true });
    expect(armAtReading({ ...fresh, insteadOf: undefined }, unknown("unreachable"), "stable")).toMatchObject({ armed: false });
    expect(armAtReading(pin, consul("3.0.0"), "stable")).toBe(pin);
  });
});

describe("what became of a local pin", () => {
  const applied = { revision: 7, digest: "d", target: { version: "1.0.0", config: undefined, routes: undefined } };
  const held = (code: string): Standing => ({ status: "held", reason: { code, message: code }, applied: undefined });
  it.each([
    ["held by it, and it runs", { status: "held", reason: { code: "local-pin", message: "" }, applied }, "applied"],
    ["the tries are spent", { status: "stalled", reason: { code: "process-failed", message: "boom" }, applied: undefined }, "failed"],
    ["no artifact", held("no-artifact"), "failed"],
    ["the agent starts", held("starting"), undefined],
    ["another agent has the name", held("name-taken"), undefined],
    ["being applied", { status: "reconciling", reason: undefined, applied: undefined }, undefined],
  ] as readonly (readonly [string, Standing, string | undefined])[])("%s", (_, standing, outcome) => {
    expect(determineOutcome(pin, standing)?.outcome).toBe(outcome);
  });
});

describe("rollpin agent pin|unpin", () => {
  it.each([
    [["pin", "1.0.0"], "--local"],
    [["pin", "--local"], "one version"],
    [["pin", "1.0.0", "2.0.0", "--local"], "one version"],
    [["pin", "../x", "--local"], "not a version"],
    [["pin", "none", "--local"], "unpin"],
    [["pin", "1.0.0", "--local", "--timeout", "5"], "duration"],
    [["unpin", "1.0.0", "--local"], "no version"],
    [["unpin", "--local", "--force"], "--force"],
    [["unpin", "--local", "-o", "xml"], "table or json"],
  ])("%j is refused", (argv, why) => {
    const parsed = parseLocalPinArguments(argv);
    expect(parsed.ok ? "" : parsed.fault).toContain(why);
  });

  it("reads the rest", () => {
    expect(parseLocalPinArguments(["pin", "1.0.0", "--local", "-c", "x.yaml", "--reason", "it burns", "--no-wait", "--timeout", "10s", "-o", "json"])).toEqual({
      ok: true,
      value: { verb: "pin", version: "1.0.0", help: false, file: "x.yaml", reason: "it burns", wait: false, timeout: 10_000, output: "json" },
    });
  });

  it.each([
    [["pin", "-o", "json"], true],
    [["pin", "--output=json"], true],
    [["pin", "-ojson"], true],
    [["pin", "json", "--local"], false],
  ])("%j asks for JSON: %s", (argv, asks) => {
    expect(asksForJson(argv)).toBe(asks);
  });
});

describe("what is printed", () => {
  const asked = { verb: "pin", version: "1.0.0", output: "json" } as const;
  it.each(["applied", "over", "failed", "waiting", "told", "no-agent"] as const)("%s: a value on standard output, whatever the exit code", (outcome) => {
    const { stderr, stdout } = printEnded({ code: 5, outcome, text: "so it is" }, asked, "web-1");
    expect(stderr).toBe("");
    expect(z.parse(shapes["local-pin"], JSON.parse(stdout))).toEqual({ kind: "local-pin", apiVersion: "rollpin/v1", verb: "pin", instance: "web-1", version: "1.0.0", outcome, message: "so it is" });
  });

  it.each([
    [2, "usage"],
    [3, "refused"],
  ])("nothing came of it, exit %i: an error on standard error", (code, word) => {
    const { stderr, stdout } = printEnded({ code, text: "no" }, asked, "web-1");
    expect(stdout).toBe("");
    expect(z.parse(shapes.error, JSON.parse(stderr)).error).toEqual({ code: word, exit: code, message: "no" });
  });

  it("a sentence for people, on the stream that fits", () => {
    expect(printEnded({ code: 0, outcome: "applied", text: "it runs" }, { ...asked, output: "table" }, "web-1")).toEqual({ stdout: "it runs\n", stderr: "" });
    expect(printEnded({ code: 5, outcome: "failed", text: "it doesn't" }, { ...asked, output: "table" }, "web-1")).toEqual({ stdout: "", stderr: "it doesn't\n" });
  });
});
