import { describe, expect, it } from "vitest";
import { afterFailure, settlePause } from "../../../../agent/loop/tries.ts";

const target = { version: "2.0.0", config: undefined, routes: undefined };
const fault = { applier: "process", kind: "failed", message: "never ready" } as const;
const failure = { service: "checkout", target, revision: 3, fault, now: 10_000, most: 3 };

describe("afterFailure", () => {
  it("doubles the pause and ends after the most tries", () => {
    const first = afterFailure(undefined, failure);
    const second = afterFailure(first, failure);
    const third = afterFailure(second, failure);
    expect([first, second, third].map(({ count, nextAt, spent }) => [count, nextAt - 10_000, spent])).toEqual([
      [1, 1_000, false],
      [2, 2_000, false],
      [3, 4_000, true],
    ]);
    expect(third.reason).toEqual({ code: "process-failed", message: "never ready (try 3 of 3; no more follow: `rollpin rollback checkout` goes back; once it is mended, `rollpin restart checkout` tries again)" });
  });

  it("starts over for another revision", () => {
    const spent = { ...afterFailure(undefined, failure), count: 3, spent: true };
    expect(afterFailure(spent, { ...failure, revision: 4 })).toMatchObject({ count: 1, spent: false });
  });

  it("never ends while Consul is away, and says so", () => {
    const unannounced = { ...failure, fault: { ...fault, kind: "unannounced" } } as const;
    let tries = afterFailure(undefined, failure);
    for (let at = 0; at < 2_000; at += 1) tries = afterFailure(tries, unannounced);
    expect(tries).toMatchObject({ count: 1, spent: false, nextAt: 20_000, reason: { code: "process-unannounced", message: "never ready; it is tried again until Consul answers" } });
    expect(afterFailure(tries, failure)).toMatchObject({ count: 2, spent: false });
  });

  it("never ends while the disk takes nothing, and holds", () => {
    const unwritable = { ...failure, fault: { ...fault, kind: "unwritable", message: "a.conf can't be written: ENOSPC" } } as const;
    const tries = afterFailure(afterFailure(undefined, failure), unwritable);
    expect(tries).toMatchObject({ count: 1, passing: 1, spent: false, status: "held", reason: { code: "process-unwritable", message: "a.conf can't be written: ENOSPC; it is tried again until the disk takes it" } });
  });

  it("ends at once where something could not be put back", () => {
    expect(afterFailure(undefined, { ...failure, fault: { ...fault, kind: "broken" } })).toMatchObject({ count: 1, spent: true });
  });
});

describe("settlePause", () => {
  it("is nothing for a single change and bounded for a flicker", () => {
    expect([0, 1, 2, 3, 4, 5, 50].map(settlePause)).toEqual([0, 200, 400, 800, 1_600, 2_000, 2_000]);
  });
});
