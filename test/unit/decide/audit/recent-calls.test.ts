import { expect, it } from "vitest";
import { countRecentCalls } from "../../../../core/decide/audit/recent-calls.ts";
import type { AuditCall } from "../../../../core/model/audit-row.ts";
import { NOW } from "../facts.ts";

const MINUTE = 60_000;
const call = (version: string | undefined, result: "ok" | "failed" = "ok", service = "checkout"): AuditCall => ({ v: 1, kind: "call", at: "", service, operation: "POST /pay", result, ...(version === undefined ? {} : { version }) });

it("says what a version did since a moment, and before it, with the first that failed, in whatever order they came", () => {
  const calls = countRecentCalls();
  for (let minute = 60; minute > 0; minute -= 1) calls.add(call("1.0.0", minute % 10 === 0 ? "failed" : "ok"), NOW - minute * MINUTE, NOW);
  calls.add(call("2.0.0", "failed"), NOW - 2 * MINUTE, NOW);
  calls.add(call("2.0.0", "failed"), NOW - 3 * MINUTE, NOW);
  calls.add(call("2.0.0", "ok", "other"), NOW, NOW);
  calls.add(call(undefined, "failed"), NOW, NOW);
  const changed = NOW - 25 * MINUTE;
  expect(calls.since("checkout", "2.0.0", changed)).toEqual({ requests: 2, errors: 2, firstBad: { atMs: NOW - 3 * MINUTE, operation: "POST /pay", trace: undefined } });
  expect(calls.since("checkout", "1.0.0", changed)).toMatchObject({ requests: 25, errors: 2, firstBad: { atMs: NOW - 20 * MINUTE } });
  expect(calls.before("checkout", "1.0.0", changed)).toMatchObject({ requests: 35, errors: 4 });
  expect(calls.since("nobody", "1.0.0", 0)).toEqual({ requests: 0, errors: 0, firstBad: undefined });
});

it("counts nothing that is older than two hours, or not yet, and forgets what grows older", () => {
  const calls = countRecentCalls();
  for (const atMs of [NOW - 121 * MINUTE, NOW + 2 * MINUTE]) calls.add(call("1.0.0"), atMs, NOW);
  expect(calls.since("checkout", "1.0.0", 0).requests).toBe(0);
  for (let second = 0; second < 6 * 3600; second += 10) calls.add(call("1.0.0"), NOW + second * 1000, NOW + second * 1000);
  expect(calls.since("checkout", "1.0.0", 0).requests).toBeLessThan(740);
});

it("keeps the versions and services that were heard of last", () => {
  const calls = countRecentCalls();
  for (let at = 0; at < 300; at += 1) calls.add(call(`${at}.0.0`), NOW, NOW);
  for (let at = 0; at < 300; at += 1) calls.add(call("1.0.0", "ok", `service-${at}`), NOW, NOW);
  expect([291, 292].map((at) => calls.since("checkout", `${at}.0.0`, 0).requests)).toEqual([0, 0]);
  expect([99, 100, 299].map((at) => calls.since(`service-${at}`, "1.0.0", 0).requests)).toEqual([0, 1, 1]);
});
