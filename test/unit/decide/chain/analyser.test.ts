import { describe, expect, it } from "vitest";
import { type Analyser, DEFAULT_LIMITS, createAnalyser } from "../../../../core/decide/chain/analyser.ts";
import { judgeChain } from "../../../../core/decide/chain/judge-chain.ts";
import type { Span } from "../../../../core/model/span.ts";
import { AT, FAILED, span } from "./spans.ts";

const THRESHOLDS = { confidence: 0.99, minSamples: 50, effect: 0.005 };
const FOREVER = AT + 1_000_000;

const sum = (analyser: Analyser, service: string, version: string) => {
  const { calls, own, through } = analyser.tally.sum(service, version, AT - 60_000, FOREVER);
  return { calls, own, through };
};

/** A call of shop to cart: four records if it counts the client's. */
function request(trace: string, at: number, cart: string, failed: boolean, more: Partial<Span> = {}): readonly Span[] {
  const went = failed ? FAILED : {};
  return [
    span(`${trace}-1`, undefined, "server", "shop@1", at, at + 30, { trace, ...went }),
    span(`${trace}-2`, `${trace}-1`, "client", "shop@1", at + 5, at + 25, { trace, peer: "cart", ...went }),
    span(`${trace}-3`, `${trace}-2`, "server", `cart@${cart}`, at + 6, at + 24, { trace, ...went, ...more }),
  ];
}

describe("the analyser", () => {
  it("looks at a trace once nothing more has come for a moment", () => {
    const analyser = createAnalyser(DEFAULT_LIMITS);
    analyser.take(request("a", 0, "2", true), AT + 100);
    analyser.settle(AT + 120);
    expect(sum(analyser, "cart", "2").calls).toBe(0);
    analyser.settle(AT + 250);
    expect(sum(analyser, "cart", "2")).toEqual({ calls: 1, own: 1, through: 0 });
    expect(sum(analyser, "shop", "1")).toEqual({ calls: 1, own: 0, through: 1 });
  });

  it("waits longer where a record is missing, and counts anew what comes later still", () => {
    const analyser = createAnalyser(DEFAULT_LIMITS);
    const [root, call, served] = request("a", 0, "2", true);
    if (root === undefined || call === undefined || served === undefined) throw new Error("three spans");
    analyser.take([root, { ...served, parent: "gone" }], AT + 100);
    analyser.settle(AT + 1_000);
    expect(sum(analyser, "cart", "2").calls).toBe(0);
    analyser.settle(AT + 2_200);
    expect(sum(analyser, "cart", "2")).toEqual({ calls: 1, own: 1, through: 0 });
    analyser.take([span("x", served.span, "client", "cart@2", 8, 20, { trace: "a", ...FAILED }), span("y", "x", "server", "stock@7", 9, 19, { trace: "a", ...FAILED })], AT + 5_000);
    analyser.settle(AT + 5_300);
    expect(sum(analyser, "cart", "2")).toEqual({ calls: 1, own: 0, through: 1 });
    expect(sum(analyser, "stock", "7")).toEqual({ calls: 1, own: 1, through: 0 });
  });

  it("counts what is delivered twice once, and nothing of what comes after a trace was let go", () => {
    const analyser = createAnalyser(DEFAULT_LIMITS);
    analyser.take(request("a", 0, "2", true), AT + 100);
    analyser.take(request("a", 0, "2", true), AT + 120);
    analyser.settle(AT + 1_000);
    expect(sum(analyser, "cart", "2").calls).toBe(1);
    analyser.settle(AT + 20_000);
    expect(analyser.figures().held).toEqual({ traces: 0, spans: 0, bytes: 0 });
    analyser.take(request("a", 0, "2", true), AT + 20_100);
    analyser.settle(AT + 40_000);
    expect(sum(analyser, "cart", "2").calls).toBe(1);
    expect(analyser.figures().dropped).toMatchObject({ late: 3, twice: 3 });
  });

  it("holds no more than its limits, whatever comes", () => {
    const analyser = createAnalyser({ ...DEFAULT_LIMITS, spans: 300, bytes: 200_000, spansEach: 10, series: 20 });
    for (let turn = 0; turn < 5_000; turn += 1) {
      const other = String(turn);
      analyser.take([...request(`t${turn}`, 0, other, true), span(`s${turn}`, "1", "server", `s${turn}@1`, 0, 1, { trace: "one", host: other })], AT + 100);
      expect(analyser.figures().held.spans).toBeLessThanOrEqual(300);
      expect(analyser.figures().held.bytes).toBeLessThanOrEqual(200_000);
    }
    expect(analyser.figures().dropped.overfull + analyser.figures().dropped.late).toBeGreaterThan(4_000);
    expect(sum(analyser, "cart", "4000").calls).toBe(0);
    expect(sum(analyser, "cart", "4890").calls).toBe(1);
  });

  it("counts by no clock that is far from its own", () => {
    const analyser = createAnalyser(DEFAULT_LIMITS);
    analyser.take([...request("past", -3_600_000, "2", true), ...request("ahead", 3_600_000, "2", true), span("w", undefined, "server", "cart@2", 10, 5, { trace: "w" })], AT);
    expect(analyser.figures()).toMatchObject({ held: { spans: 0 }, dropped: { untimely: 7 } });
  });

  it("goes on when its own clock is put back", () => {
    const analyser = createAnalyser(DEFAULT_LIMITS);
    analyser.settle(AT + 100_000);
    analyser.take(request("a", 0, "2", true), AT + 100);
    analyser.settle(AT + 300);
    analyser.settle(AT + 100_500);
    expect(sum(analyser, "cart", "2").calls).toBe(1);
  });
});

describe("the verdict", () => {
  const suspect = { service: "cart", version: "2", baseline: "1", since: AT };

  /** 200 calls to each version beside one another, unless told otherwise. */
  function judge(shape: { readonly of2: (turn: number) => boolean; readonly of1?: (turn: number) => boolean; readonly host?: (turn: number) => string; readonly besides?: (turn: number) => readonly Span[] }) {
    const analyser = createAnalyser(DEFAULT_LIMITS);
    for (let turn = 0; turn < 200; turn += 1) {
      const host = shape.host?.(turn);
      const now = turn * 20;
      analyser.take([...request(`n${turn}`, now, "2", shape.of2(turn), host === undefined ? {} : { host }), ...request(`o${turn}`, now, "1", shape.of1?.(turn) ?? false), ...(shape.besides?.(turn) ?? [])], AT + now + 40);
      analyser.settle(AT + now + 40);
    }
    analyser.settle(AT + 30_000);
    return judgeChain(analyser, suspect, THRESHOLDS, AT + 30_000);
  }

  it("names the version where failures start", () => {
    const verdict = judge({ of2: (turn) => turn % 5 === 0 });
    expect(verdict).toMatchObject({ cause: "version", beside: true, suspect: { calls: 200, own: 40, firstOwn: AT + 6 }, baseline: { calls: 200, own: 0 } });
    expect(verdict.examples.at(-1)?.map(({ service }) => service)).toEqual(["shop", "cart"]);
  });

  it("names neither where both fail alike", () => {
    expect(judge({ of2: (turn) => turn % 5 === 0, of1: (turn) => turn % 5 === 1 }).cause).toBe("alike");
  });

  it("names a host where only one fails", () => {
    expect(judge({ of2: (turn) => turn % 3 === 0, host: (turn) => `h${turn % 3}` })).toMatchObject({ cause: "host", host: "h0" });
    expect(judge({ of2: (turn) => turn % 2 === 0, host: (turn) => `h${turn % 3}` }).cause).toBe("version");
    expect(judge({ of2: (turn) => turn % 2 === 0, host: () => "only" }).cause).toBe("version");
  });

  it("names none that was never compared", () => {
    const analyser = createAnalyser(DEFAULT_LIMITS);
    for (let turn = 0; turn < 200; turn += 1) analyser.take(request(`n${turn}`, turn, "2", true), AT + turn + 40);
    analyser.settle(AT + 30_000);
    expect(judgeChain(analyser, suspect, THRESHOLDS, AT + 30_000).cause).toBe("nothing-to-compare");
    expect(judgeChain(analyser, { ...suspect, version: "3", baseline: "2" }, THRESHOLDS, AT + 30_000).cause).toBe("few-calls");
  });

  it("says so where all goes well, once there is enough of it", () => {
    expect(judge({ of2: () => false }).cause).toBe("undecided");
    const analyser = createAnalyser(DEFAULT_LIMITS);
    for (let turn = 0; turn < 8_000; turn += 1) analyser.take(request(`n${turn}`, turn, String(1 + (turn % 2)), false), AT + turn + 40);
    analyser.settle(AT + 30_000);
    expect(judgeChain(analyser, suspect, THRESHOLDS, AT + 30_000).cause).toBe("well");
  });
});
