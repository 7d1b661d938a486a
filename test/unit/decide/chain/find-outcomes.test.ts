import { describe, expect, it } from "vitest";
import { type Known, findOutcomes } from "../../../../core/decide/chain/find-outcomes.ts";
import { joinTrace } from "../../../../core/decide/chain/join-trace.ts";
import type { Span } from "../../../../core/model/span.ts";
import { AT, FAILED, byId, span } from "./spans.ts";

const NOBODY: Known = { consumerOf: () => undefined, instanceAt: () => undefined };
const LATER = AT + 60_000;

function find(spans: readonly Span[], known = NOBODY, now = LATER, linked: ReadonlyMap<string, readonly Span[]> = new Map()) {
  return findOutcomes(joinTrace(byId(spans), linked), known, now);
}

function told(spans: readonly Span[], known = NOBODY, now = LATER): string {
  return find(spans, known, now).outcomes.map(({ kind, service, silent, version }) => `${service}@${version} ${silent ? "silent " : ""}${kind}`).join(", ");
}

/** shop → cart → payments, each call with both its records. */
const chain = (failed: { shop?: object; toCart?: object; cart?: object; toPayments?: object; payments?: object } = {}): readonly Span[] => [
  span("1", undefined, "server", "shop@1", 0, 100, failed.shop),
  span("2", "1", "client", "shop@1", 10, 90, { peer: "cart", ...failed.toCart }),
  span("3", "2", "server", "cart@2", 12, 88, failed.cart),
  span("4", "3", "client", "cart@2", 20, 80, { peer: "payments", ...failed.toPayments }),
  span("5", "4", "server", "payments@3", 22, 78, failed.payments),
];
const allFailed = { shop: FAILED, toCart: FAILED, cart: FAILED, toPayments: FAILED, payments: FAILED };

describe("where a failure starts", () => {
  it.each<[string, readonly Span[], string]>([
    ["nowhere, where all went well", chain(), "shop@1 well, cart@2 well, payments@3 well"],
    ["at the deepest call that failed, not where it surfaces", chain(allFailed), "shop@1 through, cart@2 through, payments@3 own"],
    ["in the middle, where what was called went well", chain({ shop: FAILED, toCart: FAILED, cart: FAILED }), "shop@1 through, cart@2 own, payments@3 well"],
    ["at the caller that doesn't like a good answer", chain({ cart: FAILED, toPayments: FAILED, shop: FAILED, toCart: FAILED }), "shop@1 through, cart@2 own, payments@3 well"],
    ["where it starts, even if nobody further up failed", chain({ payments: FAILED, toPayments: FAILED }), "shop@1 well, cart@2 well, payments@3 own"],
    [
      "at whoever was still running when all above had given up",
      [
        span("1", undefined, "server", "shop@1", 0, 1_010, FAILED),
        span("2", "1", "client", "shop@1", 5, 1_005, FAILED),
        span("3", "2", "server", "cart@2", 6, 5_000),
        span("4", "3", "client", "cart@2", 10, 4_990),
        span("5", "4", "server", "payments@3", 12, 4_988),
      ],
      "shop@1 through, cart@2 through, payments@3 own",
    ],
    [
      "at a service that is slow by itself after quick calls",
      [
        span("1", undefined, "server", "shop@1", 0, 1_010, FAILED),
        span("2", "1", "client", "shop@1", 5, 1_005, FAILED),
        span("3", "2", "server", "cart@2", 6, 5_000),
        span("4", "3", "client", "cart@2", 10, 20),
        span("5", "4", "server", "payments@3", 12, 18),
      ],
      "shop@1 through, cart@2 own, payments@3 well",
    ],
    [
      "at a database, which is no version's",
      [span("1", undefined, "server", "shop@1", 0, 100, FAILED), span("2", "1", "internal", "shop@1", 5, 95, FAILED), span("3", "2", "client", "shop@1", 10, 90, { ...FAILED, database: "orders" })],
      "shop@1 database",
    ],
    ["at nobody that is known, where the record of who was called is lost", chain(allFailed).filter(({ span: id }) => id !== "5"), "shop@1 through, cart@2 through"],
    ["below, where the caller's record is lost", chain(allFailed).filter(({ span: id }) => id !== "4"), "shop@1 through, cart@2 through, payments@3 own"],
  ])("%s", (_, spans, outcomes) => {
    expect(told(spans)).toBe(outcomes);
  });

  it("says the way there from where the request came in", () => {
    const [, , own] = find(chain(allFailed)).outcomes;
    expect(own?.chain.map(({ service, version }) => `${service}@${version}`)).toEqual(["shop@1", "cart@2", "payments@3"]);
  });

  it("counts a call that is tried again once: its first try for who served it, its last for who called", () => {
    const spans = [
      span("1", undefined, "server", "shop@1", 0, 100),
      span("2", "1", "client", "shop@1", 10, 20, { ...FAILED, peer: "cart", name: "get" }),
      span("3", "2", "server", "cart@2", 11, 19, FAILED),
      span("4", "1", "client", "shop@1", 25, 35, { peer: "cart", name: "get" }),
      span("5", "4", "server", "cart@1", 26, 34),
    ];
    expect(told(spans)).toBe("shop@1 well, cart@2 own");
    expect(told(spans.map((one) => (one.span === "1" ? { ...one, failed: true } : one)))).toBe("shop@1 own, cart@2 own");
  });

  it("sees what a try cost that failed, where the caller was given up meanwhile", () => {
    const spans = [
      span("1", undefined, "server", "shop@1", 0, 1_005, FAILED),
      span("2", "1", "client", "shop@1", 1, 1_001, { ...FAILED, peer: "cart", name: "get" }),
      span("3", "2", "server", "cart@1", 2, 1_030),
      span("4", "3", "client", "cart@1", 5, 1_005, { ...FAILED, peer: "stock", name: "count" }),
      span("5", "4", "server", "stock@2", 6, 3_000),
      span("6", "3", "client", "cart@1", 1_010, 1_020, { peer: "stock", name: "count" }),
      span("7", "6", "server", "stock@1", 1_012, 1_018),
    ];
    expect(told(spans)).toBe("shop@1 through, cart@1 through, stock@2 own");
  });

  it("blames an instance that nobody heard from, where its address is known", () => {
    const spans = [span("1", undefined, "server", "shop@1", 0, 100, FAILED), span("2", "1", "client", "shop@1", 10, 20, { ...FAILED, peer: "cart", address: "10.0.0.7:80" })];
    expect(told(spans, { ...NOBODY, instanceAt: (address) => (address === "10.0.0.7:80" ? { service: "cart", version: "2", host: "h" } : undefined) })).toBe("shop@1 through, cart@2 silent own");
  });

  it("waits for what may still come", () => {
    expect(find(chain()).isIncomplete).toBe(false);
    expect(find(chain(allFailed).filter(({ span: id }) => id !== "5")).isIncomplete).toBe(true);
    expect(find(chain().filter(({ span: id }) => id !== "2")).isIncomplete).toBe(true);
  });
});

describe("messages", () => {
  const DEADLINE = { deadline: AT + 1_000, peer: "orders" } as const;
  const sender = (ok: boolean): readonly Span[] => [span("1", undefined, "server", "shop@1", 0, ok ? 500 : 1_050, ok ? {} : FAILED), span("2", "1", "producer", "shop@1", 10, 12, DEADLINE)];
  const known: Known = { ...NOBODY, consumerOf: (queue) => (queue === "orders" ? "stock" : undefined) };

  it("are answered in time", () => {
    const found = find([...sender(true), span("3", "2", "consumer", "stock@4", 20, 400, { peer: "orders" })], known);
    expect(found.asked).toEqual([{ service: "stock", at: AT + 10, answered: true }]);
  });

  it("that nobody answers by their deadline are failures of who should have", () => {
    expect(find(sender(false), known).asked).toEqual([{ service: "stock", at: AT + 10, answered: false }]);
    expect(told(sender(false), known)).toBe("shop@1 through");
  });

  it("that are answered too late are failures of who took them", () => {
    expect(told([...sender(false), span("3", "2", "consumer", "stock@4", 20, 2_000, { peer: "orders" })], known)).toBe("shop@1 through, stock@4 own");
  });

  it("may still be answered before their deadline", () => {
    const found = find(sender(false), known, AT + 900);
    expect(found.waitsUntil).toBe(AT + 1_000);
    expect(found.outcomes).toEqual([]);
    expect(found.asked).toEqual([]);
  });

  it("that are taken in a trace of their own are known by their link", () => {
    const taker = span("9", undefined, "consumer", "stock@4", 20, 400, { trace: "other", peer: "orders", links: [{ trace: "t", span: "2" }] });
    expect(find(sender(true), known, LATER, new Map([["2", [taker]]])).asked).toEqual([{ service: "stock", at: AT + 10, answered: true }]);
  });

  it("without a deadline fail nobody who sent them", () => {
    expect(told([span("1", undefined, "server", "shop@1", 0, 50), span("2", "1", "producer", "shop@1", 10, 12), span("3", "2", "consumer", "stock@4", 20, 400, FAILED)])).toBe("shop@1 well, stock@4 own");
  });
});

describe("records that can't be", () => {
  it("lead in circles and end all the same", () => {
    const circle = [
      span("1", "4", "server", "a@1", 0, 100, FAILED),
      span("2", "1", "client", "a@1", 10, 90, FAILED),
      span("3", "2", "server", "b@1", 12, 200),
      span("4", "3", "client", "b@1", 20, 190),
      span("5", "5", "client", "c@1", 0, 1, FAILED),
      span("6", "6", "server", "c@1", 0, 1, FAILED),
      span("7", "8", "internal", "d@1", 0, 1, FAILED),
      span("8", "7", "internal", "d@1", 0, 1, FAILED),
    ];
    expect(find(circle).outcomes.length).toBe(3);
  });
});
