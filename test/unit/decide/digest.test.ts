import { createHash } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonical, digestForTrack, digestOf } from "../../../core/decide/digest.ts";
import type { DesiredState } from "../../../core/model/desired.ts";

const sha256 = (text: string): string => createHash("sha256").update(text, "utf8").digest("hex");

describe("the canonical form is RFC 8785's", () => {
  test("members are sorted by UTF-16 code units (the RFC's example of section 3.2.3)", () => {
    const value = { "\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One", "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control", "\u00f6": "Latin Small Letter O With Diaeresis" };
    const order = ["Carriage Return", "One", "Control", "Latin Small Letter O With Diaeresis", "Euro Sign", "Emoji: Grinning Face", "Hebrew Letter Dalet With Dagesh"];
    const places = order.map((name) => canonical(value).indexOf(`"${name}"`));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(places[0]).toBeGreaterThan(0);
  });

  test.each([
    // Integer-like names come in an object's own order otherwise: 2 before 10.
    [{ "2": "b", "10": "a" }, '{"10":"a","2":"b"}'],
    [{ b: undefined, a: null }, '{"a":null}'],
    [{ a: [true, 1, "\u2028\u0007\"\\/"] }, '{"a":[true,1,"\u2028\\u0007\\"\\\\/"]}'],
    [{}, "{}"],
  ])("%j", (value, text) => {
    expect(canonical(value)).toBe(text);
  });

  test("whatever it writes, JSON reads back the same", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.string()), (value) => {
        expect(JSON.parse(canonical(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});

describe("digestOf", () => {
  // Written out by hand: whoever changes the form changes the name of every state there is.
  test.each<[string, DesiredState, string]>([
    ['{"pins":{}}', { pins: {} }, "e7174dd59c48bbdd291817375344d15c963e71e4a4e6644c48d040f4dd2cda00"],
    ['{"pins":{"stable":"1.4.2"}}', { pins: { stable: "1.4.2" } }, "ba4919f7583047f2662f71c084d420e0173901a8f3b8835f0e5eebeeff3d8b17"],
    [
      '{"config":"é\\n","pace":"10%","pins":{"10":"a","2":"b","stable":"1.4.2"},"routes":"{}"}',
      { pins: { stable: "1.4.2", "2": "b", "10": "a" }, config: "é\n", pace: "10%", routes: "{}" },
      "f73b1c6b990fdde2cf47575fb2a2b7c9c937f10266ba1d3a43952a5a999fa8c9",
    ],
  ])("%s", (text, state, hex) => {
    expect(digestOf(state)).toBe(hex);
    expect(sha256(text)).toBe(hex);
  });

  const track = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,6}[a-z0-9])?$/);
  test("the order in which pins were set does not count", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(track, fc.string()), { selector: ([name]) => name }), (pins) => {
        expect(digestOf({ pins: Object.fromEntries(pins) })).toBe(digestOf({ pins: Object.fromEntries([...pins].reverse()) }));
      }),
    );
  });

  test("an absent part and an empty one are two states", () => {
    expect(digestOf({ pins: {}, config: "" })).not.toBe(digestOf({ pins: {} }));
    expect(digestOf({ pins: {}, config: undefined })).toBe(digestOf({ pins: {} }));
  });
});

describe("digestForTrack", () => {
  const state: DesiredState = { pins: { stable: "1", canary: "2" }, config: "c", routes: "r", pace: "all" };
  test("another track's pin is no change, the config is", () => {
    expect(digestForTrack({ ...state, pins: { ...state.pins, canary: "3" } }, "stable")).toBe(digestForTrack(state, "stable"));
    expect(digestForTrack({ ...state, pace: "1" }, "stable")).toBe(digestForTrack(state, "stable"));
    expect(digestForTrack({ ...state, config: "d" }, "stable")).not.toBe(digestForTrack(state, "stable"));
    expect(digestForTrack(state, "stable")).toBe(sha256('{"config":"c","pin":"1","routes":"r"}'));
  });

  test("a track may be called constructor", () => {
    expect(digestForTrack({ pins: {} }, "constructor")).toBe(sha256("{}"));
  });
});
