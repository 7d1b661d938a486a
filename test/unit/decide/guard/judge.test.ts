import { expect, test } from "vitest";
import { type Finding, judge } from "../../../../core/decide/guard/judge.ts";
import type { Reading } from "../../../../core/model/reading.ts";

const CHANGED = "2026-03-01T12:00:00.000Z";
const BEFORE = "2026-03-01T11:50:00.000Z";
const JUST_BEFORE = "2026-03-01T11:59:59.000Z";
const AFTER = "2026-03-01T12:01:00.000Z";
const SUSPECT = { service: "checkout", version: "2.0.0", since: CHANGED };

const reading = (says: Reading["says"], rest: Partial<Reading> = {}): Reading => ({ says, summary: `it says ${says}`, evidence: [], ...rest });
const [good, bad, silent] = [reading("good"), reading("bad"), reading("no-data")];

const whyOf = (finding: Finding): string => (finding.kind === "not-the-release" ? finding.why : finding.kind);
const signalsOf = (finding: Finding): readonly string[] => (finding.kind === "well" ? [] : finding.signals);

test.each<[string, Readonly<Record<string, Reading>>, boolean, string, readonly string[]]>([
  ["nothing is asked", {}, false, "no-data", []],
  ["all is well", { errors: good, health: good }, false, "well", []],
  ["one can't be asked", { errors: silent, health: good }, false, "no-data", ["errors"]],
  ["one accuses", { errors: bad, health: good }, false, "bad", ["errors"]],
  ["one accuses while another can't be asked", { errors: bad, health: silent }, false, "bad", ["errors"]],
  ["several accuse", { health: bad, errors: bad }, false, "bad", ["errors", "health"]],
  ["it began before the change", { errors: reading("bad", { since: BEFORE }) }, false, "before-the-change", ["errors"]],
  ["clocks agree to a second only", { errors: reading("bad", { since: JUST_BEFORE }) }, false, "bad", ["errors"]],
  ["one began before, another after", { errors: reading("bad", { since: BEFORE }), health: reading("bad", { since: AFTER }) }, false, "bad", ["health"]],
  ["every version fails alike", { errors: reading("bad", { alike: true }) }, false, "every-version", ["errors"]],
  ["an alert that can't tell versions apart, and every version fails alike", { alert: bad, errors: reading("bad", { alike: true }) }, false, "every-version", ["alert", "errors"]],
  ["one says all fail alike, another that only the suspect does", { errors: reading("bad", { alike: true }), health: reading("bad", { alike: false }) }, false, "bad", ["health"]],
  ["it went back already", { errors: bad }, true, "after-going-back", ["errors"]],
  ["it went back, and is well", { errors: good }, true, "well", []],
])("%s", (_name, readings, wentBack, why, signals) => {
  const finding = judge(readings, { suspect: SUSPECT, wentBack });
  expect([whyOf(finding), signalsOf(finding)]).toEqual([why, signals]);
});

test("the symptom's beginning is the earliest that any accuser tells", () => {
  expect(judge({ a: reading("bad", { since: AFTER }), b: reading("bad", { since: CHANGED }), c: bad }, { suspect: SUSPECT })).toMatchObject({ since: CHANGED, summary: "a: it says bad; b: it says bad; c: it says bad" });
});
