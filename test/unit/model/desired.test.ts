import { expect, test } from "vitest";
import { type DesiredState, type Part, partOfTrack, partsOf, readPart, withPart } from "../../../core/model/desired.ts";
import { parseRecord } from "../../../core/model/parse-record.ts";
import { headSchema, revisionSchema } from "../../../core/model/records.ts";

const state: DesiredState = { pins: { stable: "1", canary: "2" }, config: "c" };

test.each<[Part, string | undefined]>([["pin", "1"], ["pin.canary", "2"], ["config", "c"], ["routes", undefined], ["pin.constructor", undefined]])("%s", (part, value) => {
  expect(readPart(state, part)).toBe(value);
  expect(readPart(withPart(state, part, "new"), part)).toBe("new");
  expect(readPart(withPart(state, part, undefined), part)).toBeUndefined();
  expect(withPart(withPart(state, part, "new"), part, value)).toEqual(state);
});

test("parts are those of any state, pins first", () => {
  expect(partsOf(state, { pins: { blue: "3" }, pace: "1" })).toEqual(["pin.blue", "pin.canary", "pin", "config", "pace"]);
  expect(partOfTrack("stable")).toBe("pin");
});

test("a removed part leaves no member behind, so that states compare and serialise alike", () => {
  expect(Object.keys(withPart(state, "config", undefined))).toEqual(["pins"]);
});

test("a record's error names its key and every place", () => {
  expect(parseRecord(headSchema, "desired/checkout/head", '{"revision":-1,"digest":"d","at":"yesterday","by":"a"}')).toMatchObject({ ok: false, fault: { key: "desired/checkout/head", problems: [expect.stringContaining("revision"), expect.stringContaining("at")] } });
  expect(parseRecord(revisionSchema, "k", "{")).toMatchObject({ ok: false, fault: { problems: [expect.any(String)] } });
});
