import { describe, expect, it } from "vitest";
import { createClockOffset } from "../../../core/store/consul/clock-offset.ts";

const NOW = Date.parse("2026-03-01T12:00:00.400Z");
const clock = { now: () => NOW, monotonic: () => 0, sleep: () => Promise.resolve() };

describe("createClockOffset", () => {
  it.each([
    ["the same second", "Sun, 01 Mar 2026 12:00:00 GMT", 0],
    ["a second behind, as a truncated date may be", "Sun, 01 Mar 2026 11:59:59 GMT", 0],
    ["a minute ahead", "Sun, 01 Mar 2026 12:01:00 GMT", 60_100],
    ["an hour behind", "Sun, 01 Mar 2026 11:00:00 GMT", -3_599_900],
    ["no date at all", undefined, 0],
    ["no date that can be read", "yesterday", 0],
  ])("%s", (_, date, offset) => {
    const measured = createClockOffset(clock);
    measured.note({ date });
    expect(measured.offsetMs()).toBe(offset);
  });

  it("forgets an offset that was mended", () => {
    const measured = createClockOffset(clock);
    measured.note({ date: "Sun, 01 Mar 2026 13:00:00 GMT" });
    measured.note({ date: "Sun, 01 Mar 2026 12:00:00 GMT" });
    expect(measured.offsetMs()).toBe(0);
  });
});
