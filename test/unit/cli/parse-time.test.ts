import { describe, expect, it } from "vitest";
import { parseTime } from "../../../cli/parse-time.ts";

const now = new Date(2026, 10, 21, 14, 5, 30).getTime();
const local = (day: number, hours: number, minutes: number, seconds = 0): number => new Date(2026, 10, day, hours, minutes, seconds).getTime();

describe("parseTime", () => {
  it.each([
    { text: "14:05", at: local(21, 14, 5), why: "the latest that has passed: today's" },
    { text: "14:05:30", at: now, why: "this very second" },
    { text: "14:06", at: local(20, 14, 6), why: "yesterday's" },
    { text: "0:00", at: local(21, 0, 0), why: "midnight" },
    { text: "9:30", at: local(21, 9, 30), why: "one digit of hours" },
    { text: "20m", at: now - 20 * 60_000, why: "ago" },
    { text: "1.5h", at: now - 90 * 60_000, why: "ago" },
    { text: "2026-11-21T13:00", at: local(21, 13, 0), why: "local without a zone" },
    { text: "2026-11-21 13:00", at: local(21, 13, 0), why: "as history prints it" },
    { text: "2026-11-20", at: local(20, 0, 0), why: "local midnight" },
    { text: "2026-11-20T13:00:00Z", at: Date.UTC(2026, 10, 20, 13), why: "with its zone" },
    { text: "2026-11-20T13:00:00.250+02:00", at: Date.UTC(2026, 10, 20, 11, 0, 0, 250), why: "with its offset" },
  ])("$text is $why", ({ text, at }) => {
    expect(parseTime(text, now)).toEqual({ ok: true, value: at });
  });

  it.each(["", " ", "24:00", "14:5", "14:60", "20", "-5m", "30000d", "999999999999d", "yesterday", "2026-02-30", "2026-13-01", "2026-11-31T10:00", "2027-01-01", "2026-11-21T25:00", "1e9", "2026-11-21T13:00:00+99:00"])("%j is refused", (text) => {
    expect(parseTime(text, now)).toMatchObject({ ok: false });
  });

  it("goes one calendar day back, whatever the length of that day", () => {
    for (let day = 0; day < 366; day++) {
      const at = new Date(2026, 0, 1 + day, 1, 0).getTime();
      const parsed = parseTime("3:30", at);
      if (!parsed.ok) throw new Error(parsed.fault);
      expect(parsed.value).toBeLessThanOrEqual(at);
      expect(at - parsed.value).toBeLessThan(25 * 3_600_000);
    }
  });
});
