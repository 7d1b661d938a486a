import { describe, expect, test } from "vitest";
import { determineFinding } from "../../../../core/decide/audit/determine-finding.ts";
import { type Suggestion, suggestWayBack } from "../../../../core/decide/audit/suggest-way-back.ts";
import { tallyCalls } from "../../../../core/decide/audit/tally-calls.ts";
import { parseRoutes } from "../../../../core/config/parse-routes.ts";
import type { AuditCall } from "../../../../core/model/audit-row.ts";
import type { DesiredState } from "../../../../core/model/desired.ts";
import { NO_ROUTES } from "../../../../core/model/routes.ts";
import { factsOf, pinned, timeOf } from "../facts.ts";

/** So many calls of a version in the minute of a revision, of which some fail. */
interface Calls {
  readonly version?: string;
  readonly revision: number;
  readonly calls: number;
  readonly failures?: number;
  /** Whom the failing ones called, in vain. */
  readonly below?: string;
  readonly operation?: string;
}

const routesOf = (text: string | undefined) => {
  const parsed = text === undefined ? undefined : parseRoutes(text, "routes");
  return parsed?.ok === true ? parsed.value : NO_ROUTES;
};

function look(states: readonly DesiredState[], rows: readonly Calls[], verdicts: Readonly<Record<string, "good" | "condemned">> = {}) {
  const facts = factsOf({ states, registered: ["1.0.0", "1.1.0", "2.0.0"], verdicts });
  const times = facts.history.map(({ at, revision }) => ({ at, revision }));
  const tally = tallyCalls("checkout", (atMs) => times.find(({ at }) => Date.parse(at) <= atMs)?.revision ?? 0);
  let trace = 0;
  for (const { below, calls, failures = 0, operation = "POST /pay", revision, version } of rows) {
    for (let at = 0; at < calls; at += 1) {
      const time = new Date(Date.parse(timeOf(revision)) + 1000 + Math.floor((50_000 * at) / calls)).toISOString();
      const isFailed = at >= calls - failures;
      trace += 1;
      const call: AuditCall = { v: 1, kind: "call", at: time, service: "checkout", ...(version === undefined ? {} : { version }), operation, result: isFailed ? "failed" : "ok", trace: String(trace) };
      const callBelow: AuditCall = { v: 1, kind: "call", at: time, caller: "checkout", service: below ?? "", version: "3.0.0", operation: "POST /charge", result: "failed", trace: String(trace) };
      // Either may be written first.
      const both = isFailed && below !== undefined ? [call, callBelow] : [call];
      for (const one of trace % 2 === 0 ? both : both.toReversed()) tally.add(one, Date.parse(one.at), `log:${trace}`);
    }
  }
  const given = { service: "checkout", versions: tally.versions(), history: facts.history, state: facts.accepted };
  const finding = determineFinding(given);
  const isTrusted = (version: string): boolean => facts.releases.has(version) && verdicts[version] !== "condemned";
  return { finding, versions: given.versions, suggestion: suggestWayBack(finding, { ...given, isTrusted, isGood: (version) => verdicts[version] === "good", routes: routesOf(facts.accepted.routes) }) };
}

const [OLD, MIDDLE, NEW] = [pinned("1.0.0"), pinned("1.1.0"), pinned("2.0.0")];
const BAD: Calls = { version: "2.0.0", revision: 3, calls: 500, failures: 60 };
const good = (version: string, revision: number, calls = 500): Calls => ({ version, revision, calls });
const WITH_BACKUP = "failover: {to: checkout-backup}\n";

describe("what is found, and what to type", () => {
  test.each<[string, readonly DesiredState[], readonly Calls[], Readonly<Record<string, "good" | "condemned">>, string, Pick<Suggestion, "kind" | "command">]>([
    ["no row", [OLD, NEW], [], {}, "nothing", { kind: "none", command: undefined }],
    ["no call fails", [OLD, NEW], [good("2.0.0", 2)], {}, "nothing", { kind: "none", command: undefined }],
    ["one of three fails", [OLD, NEW], [{ version: "2.0.0", revision: 2, calls: 3, failures: 1 }, good("1.0.0", 1)], {}, "undecided", { kind: "none", command: undefined }],
    ["the new version, with a good one before", [OLD, MIDDLE, NEW], [good("1.1.0", 2), BAD], {}, "version", { kind: "previous", command: "rollpin rollback checkout" }],
    ["the one before failed too", [OLD, MIDDLE, NEW], [good("1.0.0", 1), { version: "1.1.0", revision: 2, calls: 500, failures: 60 }, BAD], {}, "version", { kind: "version", command: "rollpin rollback checkout --to 1.0.0" }],
    ["the one before is good by its verdict, but has no calls", [OLD, MIDDLE, NEW], [good("1.0.0", 1), BAD], { "1.1.0": "good" }, "version", { kind: "version", command: "rollpin rollback checkout --to 1.0.0" }],
    ["the one before is condemned", [OLD, MIDDLE, NEW], [good("1.1.0", 2), BAD], { "1.1.0": "condemned" }, "version", { kind: "none", command: undefined }],
    ["it is condemned, and there is a backup", [OLD, MIDDLE, pinned("2.0.0", { routes: WITH_BACKUP })], [good("1.1.0", 2), BAD], { "1.1.0": "condemned" }, "version", { kind: "backup", command: "rollpin failover checkout" }],
    ["both versions fail alike", [OLD, MIDDLE, NEW], [{ version: "1.1.0", revision: 3, calls: 500, failures: 58 }, BAD], {}, "alike", { kind: "none", command: undefined }],
    ["both fail alike, and there is a backup", [OLD, MIDDLE, pinned("2.0.0", { routes: WITH_BACKUP })], [{ version: "1.1.0", revision: 3, calls: 500, failures: 58 }, BAD], {}, "alike", { kind: "backup", command: "rollpin failover checkout" }],
    ["the backup has taken over already", [NEW, NEW, pinned("2.0.0", { routes: "failover: {to: checkout-backup, active: true}\n" })], [BAD], {}, "alike", { kind: "none", command: undefined }],
    ["both fail alike, in the same call below", [OLD, MIDDLE, NEW], [{ version: "1.1.0", revision: 3, calls: 500, failures: 58, below: "payments" }, { ...BAD, below: "payments" }], {}, "alike", { kind: "below", command: "rollpin audit analyze payments" }],
    ["the same version since its config was changed", [NEW, NEW, pinned("2.0.0", { config: "limit: 1\n" })], [good("2.0.0", 1), BAD], {}, "change", { kind: "part", command: "rollpin rollback checkout --only config" }],
    ["a canary by routes", [OLD, OLD, pinned("1.0.0", { routes: "split: {2.0.0: 10, pin: 90}\n" })], [good("1.0.0", 3), BAD], {}, "version", { kind: "routes", command: "rollpin route clear checkout" }],
    ["a canary on a track", [OLD, OLD, { pins: { stable: "1.0.0", canary: "2.0.0" } }], [good("1.0.0", 3), BAD], {}, "version", { kind: "previous", command: "rollpin rollback checkout --track canary" }],
    ["it was left already", [OLD, NEW, NEW, OLD], [good("1.0.0", 4), BAD], {}, "version", { kind: "none", command: undefined }],
    ["rows don't say the version", [OLD, NEW], [{ revision: 2, calls: 500, failures: 60 }], {}, "alike", { kind: "none", command: undefined }],
  ])("%s", (_name, states, rows, verdicts, kind, suggestion) => {
    const seen = look(states, rows, verdicts);
    expect({ kind: seen.finding.kind, suggestion: { kind: seen.suggestion.kind, command: seen.suggestion.command } }).toEqual({ kind, suggestion });
  });
});

describe("what is counted", () => {
  test("first, last good and first bad call by version, whatever order rows come in", () => {
    const tally = tallyCalls("checkout", () => 1);
    const call = (minute: number, result: "ok" | "failed"): AuditCall => ({ v: 1, kind: "call", at: timeOf(minute), service: "checkout", version: "1.0.0", operation: "GET /", result });
    for (const [minute, result] of [[5, "failed"], [1, "ok"], [9, "failed"], [3, "ok"], [4, "failed"]] as const) tally.add(call(minute, result), Date.parse(timeOf(minute)), `log:${minute}`);
    const [version] = tally.versions();
    expect([version?.first.place, version?.last.place, version?.lastGood?.place, version?.firstBad?.place, version?.failures]).toEqual(["log:1", "log:9", "log:3", "log:4", 3]);
  });

  test("a failing step below once for each call, the first that failed", () => {
    const { versions } = look([OLD, MIDDLE, NEW], [{ ...BAD, below: "payments" }]);
    expect(versions[0]?.below).toEqual([{ service: "payments", version: "3.0.0", operation: "POST /charge", failures: 60 }]);
    expect(versions[0]?.operations).toEqual([{ operation: "POST /pay", calls: 500, failures: 60 }]);
  });

  test("names without end are counted together", () => {
    const tally = tallyCalls("checkout", () => 1);
    for (let at = 0; at < 2000; at += 1) tally.add({ v: 1, kind: "call", at: timeOf(1), service: "checkout", version: `1.0.${at}`, operation: `GET /${at}`, result: "failed" }, 1, "log:1");
    const versions = tally.versions();
    expect(versions.length).toBe(200);
    expect(versions.reduce((sum, { calls }) => sum + calls, 0)).toBe(2000);
    expect(Math.max(...versions.map(({ operations }) => operations.length))).toBeLessThanOrEqual(501);
  });
});
