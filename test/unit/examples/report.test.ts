import { describe, expect, test } from "vitest";
import { chartLines } from "../../../examples/demo/chart.ts";
import { checksOf } from "../../../examples/demo/checks.ts";
import type { Facts } from "../../../examples/demo/facts.ts";
import { timelineLines } from "../../../examples/demo/timeline.ts";
import { ZERO, answer, facts, ran } from "./invented-facts.ts";

const plain = (_: string, text: string): string => text;

test("the timeline is in order of time, from the rollback's start", () => {
  expect(timelineLines(facts())).toEqual([
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
  const lines = timelineLines(facts({ answers: facts().answers.filter(({ at, instance }) => at < ZERO || instance === "shop-1") }));
  expect(lines.filter((line) => line.includes("back:"))).toEqual(["  +0.30 s  first instance back: shop-1 answers 1.0.0"]);
});

describe("the chart", () => {
  test("has a row for each half second, empty ones too, and marks both commands", () => {
    const [, ...rows] = chartLines(facts(), plain);
    expect(rows.map((row) => row.slice(0, 8).trim())).toEqual(["-2.5 s", "-2.0 s", "-1.5 s", "-1.0 s", "-0.5 s", "0.0 s", "0.5 s"]);
    expect(rows[1]).toContain("<- pin 2.0.0");
    expect(rows[5]).toContain("<- rollback");
    expect(rows[2]?.trim()).toMatch(/^-1\.5 s +0$/);
  });

  test("fits into 80 columns", () => {
    const many = Array.from({ length: 1500 }, (_, at) => answer(at % 3 === 0 ? 10 : -1900, "shop-1", "2.0.0", at % 5 === 0 ? "failed" : "error"));
    for (const line of chartLines(facts({ answers: many.toSorted((a, b) => a.at - b.at) }), plain)) expect(line.length).toBeLessThanOrEqual(80);
  });

  test("shows one error among a thousand", () => {
    const answers = [...Array.from({ length: 1000 }, () => answer(10, "shop-1", "1.0.0")), answer(11, "shop-1", "2.0.0", "error")];
    expect(chartLines(facts({ answers }), plain)[1]).toContain(`${"█".repeat(31)}×`);
  });

  test("says so where nothing was answered", () => expect(chartLines(facts({ answers: [] }), plain)).toHaveLength(1));
});

describe("the checks", () => {
  test("pass for a good story", () => expect(checksOf(facts()).filter(({ passed }) => !passed)).toEqual([]));

  const with_ = (...more: Facts["answers"]): Partial<Facts> => ({ answers: [...facts().answers, ...more] });
  test.each<[string, Partial<Facts>]>([
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
