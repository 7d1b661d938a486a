import { describe, expect, it } from "vitest";
import { alertmanagerSignalSchema } from "../../../../core/config/signals/alertmanager.ts";
import { type Alert, isNewWord } from "../../../../core/decide/guard/alert-episodes.ts";
import { judgeAlerts } from "../../../../core/decide/guard/judge-alerts.ts";
import { readingSchema } from "../../../../core/model/reading.ts";

const START = Date.UTC(2026, 2, 1, 12);
const alertOf = (over: Partial<Alert> = {}): Alert => ({ fingerprint: "f1", startsAt: START, service: "checkout", version: "2.0.0", name: "HighErrorRate", labels: { alertname: "HighErrorRate", severity: "critical" }, words: "5% of requests fail", source: "http://prometheus/graph", ...over });
const suspect = { service: "checkout", track: "stable", version: "2.0.0", baseline: "1.9.0", since: "2026-03-01T11:59:00.000Z" };
const settings = (written: object = {}) => alertmanagerSignalSchema.parse({ alertmanager: written }).alertmanager;

describe("a word about an alert", () => {
  const word = (startsAt: number, firing: boolean) => ({ alert: alertOf({ startsAt }), firing });
  it.each([
    ["the first", undefined, word(1, true), true],
    ["the first, that it is over", undefined, word(1, false), true],
    ["once more", word(1, true), word(1, true), false],
    ["that it is over", word(1, true), word(1, false), true],
    ["that it is over, once more", word(1, false), word(1, false), false],
    ["that it fires, replayed after it was over", word(1, false), word(1, true), false],
    ["that it fires again", word(1, false), word(2, true), true],
    ["that it fired before, late", word(2, false), word(1, true), false],
    ["that a former one is over, late", word(2, true), word(1, false), false],
  ])("is new or not: %s", (_, known, now, isNew) => {
    expect(isNewWord(known, now)).toBe(isNew);
  });
});

describe("what alerts say of a version", () => {
  it("is bad since the first of them began", () => {
    const reading = judgeAlerts({ suspect, settings: settings({ alertname: ["Slow", "HighErrorRate"] }), firing: [alertOf({ startsAt: START + 5_000 }), alertOf({ fingerprint: "f2", name: "Slow", words: "" })], unsure: "nobody knows" });
    expect(reading).toMatchObject({ says: "bad", alike: false, since: "2026-03-01T12:00:00.000Z", summary: "checkout 2.0.0 sets off 2 alerts: HighErrorRate (5% of requests fail), Slow" });
    expect(readingSchema.safeParse(reading).success).toBe(true);
  });

  it("is alike where the baseline sets off the same alert, and only the same", () => {
    const other = alertOf({ fingerprint: "f2", version: "1.9.0" });
    expect(judgeAlerts({ suspect, settings: settings(), firing: [alertOf(), other], unsure: undefined })).toMatchObject({ says: "bad", alike: true, summary: expect.stringContaining("; so does its baseline 1.9.0") as string });
    expect(judgeAlerts({ suspect, settings: settings(), firing: [alertOf(), { ...other, name: "Slow" }], unsure: undefined })).toMatchObject({ says: "bad", alike: false });
    expect(judgeAlerts({ suspect: { ...suspect, baseline: undefined }, settings: settings(), firing: [alertOf()], unsure: undefined })).not.toHaveProperty("alike");
  });

  it.each([
    ["another version's", {}, alertOf({ version: "1.9.0" }), "good"],
    ["no version's", {}, alertOf({ version: undefined }), "good"],
    ["no version's, where any counts", { anyVersion: true }, alertOf({ version: undefined }), "bad"],
    ["another name's", { alertname: "Slow" }, alertOf(), "good"],
    ["another label's", { labels: { severity: "warning" } }, alertOf(), "good"],
    ["a label that isn't there", { labels: { team: "" } }, alertOf(), "good"],
    ["a label of every object", { labels: { constructor: "x" } }, alertOf(), "good"],
    ["the label's", { labels: { severity: "critical" } }, alertOf(), "bad"],
  ])("%s is said to be so", (_, written, alert, says) => {
    expect(judgeAlerts({ suspect, settings: settings(written), firing: [alert], unsure: undefined }).says).toBe(says);
  });

  it("is good where silence can be believed, and nothing where it can't", () => {
    expect(judgeAlerts({ suspect, settings: settings(), firing: [], unsure: undefined })).toEqual({ says: "good", summary: "no alert fires for checkout 2.0.0", evidence: [] });
    expect(judgeAlerts({ suspect, settings: settings(), firing: [], unsure: "it can't be asked" })).toEqual({ says: "no-data", summary: "no alert is known to fire for checkout 2.0.0, but it can't be asked", evidence: [] });
  });

  it("carries no more than a reading may, whatever labels hold", () => {
    const labels = Object.fromEntries(Array.from({ length: 64 }, (_, index) => [`label_${index}`, "\u0001".repeat(8_000)]));
    const firing = Array.from({ length: 200 }, (_, index) => alertOf({ fingerprint: String(index), labels, name: "é".repeat(256), words: "\u0001".repeat(500), source: "x".repeat(8_000) }));
    expect(readingSchema.safeParse(judgeAlerts({ suspect, settings: settings(), firing, unsure: undefined }))).toMatchObject({ success: true });
  });
});
