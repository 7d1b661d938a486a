import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseInstanceName, parseServiceName, parseTrack, parseVersion, quoteForPerson } from "../../../core/model/names.ts";
import { parsePin, pinText } from "../../../core/model/pin.ts";

describe("parsePin", () => {
  test.each([
    ["1.4.2", { kind: "version", version: "1.4.2", override: false }],
    ["\t1.4.2+b5\r\n", { kind: "version", version: "1.4.2+b5", override: false }],
    ["1.4.2  !override\n", { kind: "version", version: "1.4.2", override: true }],
    [" none ", { kind: "none" }],
    ["None", { kind: "version", version: "None", override: false }],
  ])("%j", (text, pin) => {
    expect(parsePin(text)).toEqual({ ok: true, value: pin });
  });

  test.each(["", " ", "1.4.2 override", "!override", "1.4.2 !override !override", "../../x", ".5", "1/2", "a\u0000b", "v".repeat(129), "none !override", "x".repeat(513)])("%j is none", (text) => {
    expect(parsePin(text).ok).toBe(false);
  });

  test("whatever it takes, its normal form says the same, and is safe in a path", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[A-Za-z0-9._+/ -]{0,20}$/)), (text) => {
        const pin = parsePin(text);
        if (!pin.ok) return;
        expect(pinText(pin.value)).toMatch(/^[A-Za-z0-9][A-Za-z0-9._+-]{0,127}$/);
        expect(parsePin(pinText(pin.value))).toMatchObject({ ok: true, value: pin.value.kind === "none" ? pin.value : { version: pin.value.version } });
      }),
    );
  });
});

describe("names", () => {
  test.each<[(text: string) => { ok: boolean }, readonly string[], readonly string[]]>([
    [parseServiceName, ["a", "checkout", "a-1", "0", "a".repeat(63)], ["", "-a", "a-", "A", "a.b", "a_b", "a/b", "a".repeat(64), "a\n", "ä"]],
    [parseTrack, ["stable", "constructor", "10"], ["", "Canary", "a.b", "a".repeat(64)]],
    [parseVersion, ["1", "1.4.2+b5", "A_b-c", "x".repeat(128)], ["", ".", "..", "-1", "+1", "a b", "a/b", "a\n", "é", "x".repeat(129)]],
    [parseInstanceName, ["host.example-1", "A"], ["", ".a", "a/b", "a+b", "x".repeat(129)]],
  ])("%o", (parse, good, bad) => {
    for (const text of good) expect(parse(text), text).toMatchObject({ ok: true });
    for (const text of bad) expect(parse(text), JSON.stringify(text)).toMatchObject({ ok: false });
  });

  test("what is shown back is short and shows control characters", () => {
    expect(quoteForPerson("a\u0007b")).toBe('"a\\u0007b"');
    expect(quoteForPerson("x".repeat(1_000)).length).toBeLessThan(70);
  });
});
