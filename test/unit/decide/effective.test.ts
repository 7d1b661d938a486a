import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { determineEffective, normalisedState, versionsToLookUp } from "../../../core/decide/effective.ts";
import type { DesiredKey, DesiredState } from "../../../core/model/desired.ts";
import { keyOf, pinned } from "./facts.ts";

const REGISTERED = new Set(["1.4.1", "1.4.2", "1.5.0", "bad"]);
const accepted: DesiredState = pinned("1.4.2", { config: "a: 1" });

function judge(desired: readonly DesiredKey[], from: DesiredState = accepted, obeyed?: DesiredState) {
  return determineEffective({
    service: "checkout",
    prefix: "rollpin",
    accepted: from,
    obeyed,
    desired,
    isRegistered: (version) => REGISTERED.has(version),
    isCondemned: (version) => version === "bad",
  });
}

const config = keyOf("config", "a: 1");

describe("a pin that can't be obeyed changes nothing and says why", () => {
  test.each<[string, string | Uint8Array, string, RegExp]>([
    ["empty", "", "malformed", /it is empty/],
    ["white space", " \n", "malformed", /it is empty/],
    ["unregistered", "latest", "unregistered", /latest is not a registered release of checkout/],
    ["two words", "1.4.1 please", "malformed", /more than one word/],
    ["a path", "../../x", "malformed", /is not a version/],
    ["512 KB", "x".repeat(512 * 1024), "too-long", /524288 characters long/],
    ["binary", Uint8Array.from([0xff, 0xfe, 0]), "not-text", /holds 3 bytes that are no text/],
    ["condemned", "bad", "condemned", /bad is condemned/],
    ["none with an override", "none !override", "malformed", /takes no/],
  ])("%s", (_name, value, code, message) => {
    const { state, refused, flipped } = judge([keyOf("pin", value), config]);
    expect(state).toEqual(accepted);
    expect(flipped).toEqual([]);
    expect(refused).toHaveLength(1);
    expect(refused[0]).toMatchObject({ part: "pin", code });
    expect(refused[0]?.message).toMatch(message);
    expect(refused[0]?.message).toMatch(/^rollpin\/desired\/checkout\/pin holds .*sha256 [0-9a-f]{12}/);
    expect(refused[0]?.message).toContain("The accepted 1.4.2 goes on.");
    expect(refused[0]?.message.length).toBeLessThan(700);
  });

  test("vanished", () => {
    const { state, refused } = judge([config]);
    expect(state).toEqual(accepted);
    expect(refused).toMatchObject([{ part: "pin", code: "vanished" }]);
  });

  test("routes that vanished go on, and it is said how to go without", () => {
    const routed = pinned("1.4.2", { routes: "split: {1.4.1: 5, pin: 95}" });
    const { state, refused, flipped } = judge([keyOf("pin", "1.4.2")], routed);
    expect({ state, flipped }).toEqual({ state: routed, flipped: [] });
    expect(refused).toEqual([{ part: "routes", code: "vanished", message: 'rollpin/desired/checkout/routes: it is gone, and a missing key is never taken for a change. The accepted routes go on. To go without, run "rollpin route clear checkout"; "rollpin rollback checkout --only routes" puts the accepted state back.' }]);
  });

  test("a flip that was obeyed goes on, though it isn't in history yet", () => {
    const flip = pinned("1.4.1", { config: "a: 1", routes: "split: {1.4.1: 5, pin: 95}" });
    const { state, refused, flipped } = judge([keyOf("pin", "?"), config, keyOf("routes", "split: {1.4.1: 5, pin: 95}")], accepted, flip);
    expect({ state, flipped }).toEqual({ state: flip, flipped: ["routes"] });
    expect(refused[0]?.message).toContain("What stood there before it was obeyed and isn't in history yet: 1.4.1 goes on.");
    expect(judge([keyOf("pin", "1.4.2"), config], accepted, flip).state).toEqual(accepted);
  });

  test("garbage where nothing was accepted leaves the part unset", () => {
    expect(judge([keyOf("pin.canary", "?"), keyOf("pin", "1.4.2"), config]).state).toEqual(accepted);
  });
});

describe("what is obeyed", () => {
  test.each<[string, string, DesiredState, readonly string[], readonly string[]]>([
    ["a registered version", " 1.4.1\n", pinned("1.4.1", { config: "a: 1" }), ["pin"], []],
    ["none", "none", pinned("none", { config: "a: 1" }), ["pin"], []],
    ["a condemned one with an override", "bad !override", pinned("bad", { config: "a: 1" }), ["pin"], ["condemned"]],
    ["an override that isn't needed", "1.4.1 !override", pinned("1.4.1", { config: "a: 1" }), ["pin"], []],
    ["the accepted one, differently written", "1.4.2 !override\n", accepted, [], []],
  ])("%s", (_name, text, state, flipped, overrides) => {
    expect(judge([keyOf("pin", text), config])).toEqual({ state, refused: [], flipped, overrides });
  });

  test("what history accepted is obeyed without a look at releases or verdicts", () => {
    for (const version of ["bad", "9.9.9"]) {
      expect(judge([keyOf("pin", version), config], pinned(version, { config: "a: 1" })).refused).toEqual([]);
    }
  });

  test("any text is a config, none is not", () => {
    expect(judge([keyOf("pin", "1.4.2"), keyOf("config", "\u0000")]).state.config).toBe("\u0000");
    expect(judge([keyOf("pin", "1.4.2"), keyOf("config", Uint8Array.from([0xff]))]).refused).toMatchObject([{ part: "config", code: "not-text" }]);
    expect(judge([keyOf("pin", "1.4.2")]).refused).toMatchObject([{ part: "config", code: "vanished" }]);
  });

  test.each([["1", true], ["25", true], ["all", true], ["10%", true], ["0.5%", true], ["100%", true], [" 3\n", true], ["0", false], ["-1", false], ["101%", false], ["0%", false], ["fast", false], ["", false], ["1.5", false]])("pace %j: %s", (text, isObeyed) => {
    const { state, refused } = judge([keyOf("pin", "1.4.2"), config, keyOf("pace", text)]);
    expect(state.pace).toBe(isObeyed ? text.trim() : undefined);
    expect(refused.map(({ code }) => code)).toEqual(isObeyed ? [] : ["malformed"]);
  });
});

describe("properties", () => {
  const text = fc.oneof(fc.constantFrom("1.4.1", "1.4.2", "bad", "bad !override", "none", "nope", "", "a b", " 1.5.0 "), fc.string());
  const keys = fc.record({ pin: text, "pin.canary": text, "pin.constructor": text, config: text, routes: text, pace: text }, { requiredKeys: [] });
  const read = (given: Record<string, string | undefined>) => Object.entries(given).flatMap(([part, value]) => (value === undefined ? [] : [keyOf(part as DesiredKey["part"], value)]));

  test("judging what was obeyed once more changes nothing", () => {
    fc.assert(
      fc.property(keys, (given) => {
        const first = judge(read(given));
        const second = judge(read(given), first.state);
        expect(second.state).toEqual(first.state);
        expect(second.flipped).toEqual([]);
      }),
    );
  });

  test("every part is obeyed, flipped or refused, and the refused keep what was accepted", () => {
    fc.assert(
      fc.property(keys, (given) => {
        const { state, refused } = judge(read(given));
        for (const { part } of refused) {
          if (part === "pin") expect(state.pins["stable"]).toBe("1.4.2");
          if (part === "config") expect(state.config).toBe("a: 1");
        }
        for (const pin of Object.values(state.pins)) expect(pin === "none" || REGISTERED.has(pin)).toBe(true);
      }),
    );
  });

  test("the versions to look up are all that are asked about", () => {
    fc.assert(
      fc.property(keys, (given) => {
        const asked = new Set<string>();
        determineEffective({ service: "s", prefix: "", accepted, desired: read(given), isRegistered: (version) => asked.add(version).size > 0, isCondemned: (version) => asked.add(version).size > 99 });
        expect([...asked].sort()).toEqual([...versionsToLookUp(accepted, read(given))].sort());
      }),
    );
  });
});

describe("normalisedState", () => {
  test("is what agents compare with the head's digest", () => {
    expect(normalisedState([keyOf("pin", " 1.4.2 !override"), keyOf("pin.canary", "none"), config, keyOf("pace", "all\n")])).toEqual({ pins: { stable: "1.4.2", canary: "none" }, config: "a: 1", pace: "all" });
    expect(normalisedState([keyOf("pin", "a b")])).toBeUndefined();
    expect(normalisedState([])).toEqual({ pins: {} });
  });
});
