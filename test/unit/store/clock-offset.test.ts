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

  // By how far wall and monotonic time went on since Consul's answer, which said 12:00:00.
  it.each([
    ["both went on alike", { wall: 60_000, monotonic: 60_000 }, 0],
    ["the clock was set an hour ahead", { wall: 3_600_000, monotonic: 0 }, -3_599_900],
    ["the clock was set an hour back", { wall: -3_600_000, monotonic: 0 }, 3_600_100],
    ["the clock was set ten years ahead", { wall: 315_360_000_000, monotonic: 0 }, -315_359_999_900],
    ["the clock started over in 1970", { wall: -NOW, monotonic: 0 }, NOW + 100],
    ["the machine was suspended for an hour: right again with the next answer", { wall: 3_600_000, monotonic: 20 }, -3_599_880],
  ])("goes by what Consul said last: %s", (_, passed, offset) => {
    const at = { wall: NOW, monotonic: 5_000 };
    const measured = createClockOffset({ now: () => at.wall, monotonic: () => at.monotonic, sleep: () => Promise.resolve() });
    measured.note({ date: "Sun, 01 Mar 2026 12:00:00 GMT" });
    at.wall += passed.wall;
    at.monotonic += passed.monotonic;
    expect(measured.offsetMs()).toBe(offset);
    measured.note({ date: new Date(at.wall - 400).toUTCString() });
    expect(measured.offsetMs()).toBe(0);
  });

  it("forgets an offset that was mended", () => {
    const measured = createClockOffset(clock);
    measured.note({ date: "Sun, 01 Mar 2026 13:00:00 GMT" });
    measured.note({ date: "Sun, 01 Mar 2026 12:00:00 GMT" });
    expect(measured.offsetMs()).toBe(0);
  });
});
