import { describe, expect, it } from "vitest";
import { createAlertBoard } from "../../../../agent/guard/signals/alertmanager/alert-board.ts";
import type { Alert } from "../../../../core/decide/guard/alert-episodes.ts";

const alertOf = (over: Partial<Alert> = {}): Alert => ({ fingerprint: "f1", startsAt: 1_000, service: "checkout", version: "2.0.0", name: "Down", labels: {}, words: "", source: "", ...over });

function board() {
  let now = 0;
  const created = createAlertBoard({ now: () => 0, monotonic: () => now, sleep: () => Promise.resolve() });
  const names = (service = "checkout") => created.firing(service).map(({ fingerprint }) => fingerprint);
  return { ...created, names, at: (ms: number) => (now = ms) };
}

describe("the board of what fires", () => {
  it("tells who follows a service of what is new there, once", () => {
    const { follow, take } = board();
    const told: string[] = [];
    const unfollow = follow("checkout", () => told.push("checkout"));
    follow("shop", () => told.push("shop"));
    take([{ alert: alertOf(), firing: true }, { alert: alertOf({ fingerprint: "f2" }), firing: true }]);
    take([{ alert: alertOf(), firing: true }]);
    expect(told).toEqual(["checkout"]);
    take([{ alert: alertOf(), firing: false }]);
    take([{ alert: alertOf(), firing: false }]);
    expect(told).toEqual(["checkout", "checkout"]);
    unfollow();
    take([{ alert: alertOf({ startsAt: 2_000 }), firing: true }]);
    expect(told).toHaveLength(2);
  });

  it("goes by the API, but not against what was heard since it was asked", () => {
    const { at, names, settle, take } = board();
    at(10);
    take([{ alert: alertOf(), firing: true }, { alert: alertOf({ fingerprint: "f2" }), firing: false }]);
    at(30);
    take([{ alert: alertOf({ fingerprint: "f3" }), firing: true }]);
    settle("checkout", [alertOf({ fingerprint: "f2" })], { at: 20, complete: true });
    // f1 is over, f2 fires after all, f3 came later.
    expect(names().toSorted()).toEqual(["f2", "f3"]);
    settle("checkout", [], { at: 40, complete: false });
    expect(names()).toHaveLength(2);
    settle("checkout", [], { at: 40, complete: true });
    expect(names()).toEqual([]);
  });

  it("leaves room for other services beside one that floods it, and says what found none", () => {
    const { names, take } = board();
    const flood = Array.from({ length: 10_000 }, (_, index) => ({ alert: alertOf({ fingerprint: `c${index}` }), firing: true }));
    expect(take(flood)).toEqual({ refused: 9_800 });
    expect(take([{ alert: alertOf({ fingerprint: "s", service: "shop" }), firing: true }])).toEqual({ refused: 0 });
    expect([names().length, names("shop").length]).toEqual([200, 1]);
    take(flood.slice(0, 50).map(({ alert }) => ({ alert, firing: false })));
    expect(take(flood.slice(5_000, 5_100))).toEqual({ refused: 50 });
  });

  it("forgets what is over before what fires", () => {
    const { names, take } = board();
    take([{ alert: alertOf(), firing: true }]);
    expect(take(Array.from({ length: 20_000 }, (_, index) => ({ alert: alertOf({ fingerprint: `r${index}`, service: `s${index}` }), firing: false })))).toEqual({ refused: 0 });
    expect(names()).toEqual(["f1"]);
    const many = Array.from({ length: 5_000 }, (_, index) => ({ alert: alertOf({ fingerprint: `n${index}`, service: `t${index}` }), firing: true }));
    expect(take(many)).toEqual({ refused: 1_001 });
  });
});
