import { describe, expect, test } from "vitest";
import { type Chart, chartLines } from "../../../examples/demo/chart.ts";
import { checksOf } from "../../../examples/demo/checks.ts";
import type { Facts } from "../../../examples/demo/facts.ts";
import { reportOf } from "../../../examples/demo/report.ts";
import { canaryTimeline, fleetTimeline } from "../../../examples/demo/timeline.ts";
import { ZERO, answer, facts, ran } from "./invented-facts.ts";

const plain = (_: string, text: string): string => text;

test("the timeline is in order of time, from the rollback's start", () => {
  expect(fleetTimeline(facts())).toEqual([
    "  -2.00 s  rollpin pin shop 2.0.0",
    "  -0.90 s  first error of 2.0.0 at a client",
    "   0.00 s  rollpin rollback shop",
    "  +0.05 s  last error of 2.0.0 at a client",
    "  +0.10 s  committed in one transaction (time in history)",
    "  +0.30 s  first instance back: shop-1 answers 1.0.0",
    "  +0.40 s  last of 2 back: shop-2 answers 1.0.0",
    "  +0.45 s  rollpin ended, exit 0",
  ]);
});

test("an instance that isn't back has no line, and the last one none either", () => {
  const lines = fleetTimeline(facts({ answers: facts().answers.filter(({ at, instance }) => at < ZERO || instance === "shop-1") }));
  expect(lines.filter((line) => line.includes("back:"))).toEqual(["  +0.30 s  first instance back: shop-1 answers 1.0.0"]);
});

test("that of the canary ends before all get the bad version, and has its requests by when they were sent", () => {
  expect(canaryTimeline(facts())).toEqual([
    "  -2.00 s  rollpin route shift shop 2.0.0 25%",
    "  -1.60 s  first answer of 2.0.0 at a client",
    "  -1.50 s  its first error",
    "   0.00 s  rollpin route shift shop --back",
    "  +0.04 s  last request that went to 2.0.0 is sent",
    "  +0.05 s  last answer of 2.0.0 at a client",
    "  +0.10 s  committed in one transaction (time in history)",
    "  +0.20 s  rollpin ended, exit 0",
  ]);
});

describe("the chart", () => {
  const chart = (changed: Partial<Chart> = {}): Chart => ({ good: "1.0.0", bad: "2.0.0", answers: facts().answers.filter(({ at }) => at >= ZERO - 2_500), zero: ZERO, rowMs: 500, marks: [{ at: ZERO - 2_000, text: "pin 2.0.0" }, { at: ZERO, text: "rollback" }], ...changed });

  test("has a row for each half second, empty ones too, and marks both commands", () => {
    const [, ...rows] = chartLines(chart(), plain);
    expect(rows.map((row) => row.slice(0, 8).trim())).toEqual(["-2.5 s", "-2.0 s", "-1.5 s", "-1.0 s", "-0.5 s", "0.0 s", "0.5 s"]);
    expect(rows[1]).toContain("<- pin 2.0.0");
    expect(rows[5]).toContain("<- rollback");
    expect(rows[2]?.trim()).toMatch(/^-1\.5 s +0$/);
  });

  test("fits into 80 columns", () => {
    const many = Array.from({ length: 1500 }, (_, at) => answer(at % 3 === 0 ? 10 : -1900, "shop-1", "2.0.0", at % 5 === 0 ? "failed" : "error"));
    for (const line of chartLines(chart({ answers: many.toSorted((a, b) => a.at - b.at) }), plain)) expect(line.length).toBeLessThanOrEqual(80);
  });

  test("shows one error among a thousand", () => {
    const answers = [...Array.from({ length: 1000 }, () => answer(10, "shop-1", "1.0.0")), answer(11, "shop-1", "2.0.0", "error")];
    expect(chartLines(chart({ answers }), plain)[1]).toContain(`${"█".repeat(25)}×`);
  });

  test("tells the part of the bad version in each row", () => {
    const [, ...rows] = chartLines(chart({ answers: facts().answers, zero: ZERO - 4_000, rowMs: 1_000 }), plain);
    expect(rows.slice(0, 3).map((row) => /\d+ +\d+%.*$/.exec(row)?.[0].trim())).toEqual(["1    0%", "4   50%  1 err", undefined]);
  });

  test("says so where nothing was answered", () => expect(chartLines(chart({ answers: [] }), plain)).toHaveLength(1));
});

describe("the checks", () => {
  test("pass for a good story", () => expect(checksOf(facts()).filter(({ passed }) => !passed)).toEqual([]));

  const with_ = (...more: Facts["answers"]): Partial<Facts> => ({ answers: [...facts().answers, ...more] });
  test.each<[string, Partial<Facts>]>([
    ["a request at the canary before it had a share", with_(answer(-6_200, "shop-2", "2.0.0"))],
    ["a share that the router did not serve", { shift: ran("shift", -6000, -5800, 5) }],
    ["a way back that the router did not serve", { back: ran("back", -4000, -3800, 5) }],
    ["the canary's version after the receipt of the way back", with_(answer(-3_700, "shop-2", "2.0.0"))],
    ["a rollout that did not reach all", { pin: ran("pin", -2000, -1000, 5) }],
    ["a receipt that isn't complete", { rollback: ran("rollback", 0, 450, 5) }],
    ["an instance that runs the bad version", { running: { "1.0.0": 1, "2.0.0": 1 } }],
    ["an instance that is gone", { running: { "1.0.0": 1 } }],
    ["an instance that no client saw back", { answers: facts().answers.filter(({ instance }) => instance === "shop-1") }],
    ["the bad version long after the receipt", with_(answer(2460, "shop-1", "2.0.0"))],
    ["a bad version that isn't condemned", { verdict: undefined }],
    ["a failed request", with_(answer(10, "shop-1", undefined, "failed"))],
    ["errors of the good version", with_(answer(500, "shop-1", "1.0.0", "error"))],
    ["no error at all", { answers: facts().answers.filter(({ outcome }) => outcome === "ok") }],
  ])("fail for %s", (_, changed) => expect(checksOf(facts(changed)).some(({ passed }) => !passed)).toBe(true));
});

test("a report has both ways back, and fails with any check", () => {
  const { lines, passed } = reportOf(facts(), plain);
  expect(passed).toBe(true);
  expect(lines.filter((line) => line.startsWith("The "))).toEqual(["The canary: 25% of the requests to 2.0.0, and back", "The whole fleet: all to 2.0.0, and back"]);
  expect(lines).toContain("  ok  the router served the canary's share: 50.0% of 4 requests, 25% wanted (exit 0)");
  expect(reportOf(facts({ verdict: undefined }), plain).passed).toBe(false);
});
