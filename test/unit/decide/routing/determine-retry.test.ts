import * as fc from "fast-check";
import { expect, it } from "vitest";
import { type NextTry, type RetryFacts, type Unanswered, determineRetry } from "../../../../core/decide/routing/determine-retry.ts";

const FACTS: RetryFacts = { method: "GET", bodySent: false, retried: 0, timeLeft: true, hasOthers: false };
const again = (after: "at-once" | "a-moment"): NextTry => ({ kind: "again", after });
const answer = (status: 502 | 503 | 504): NextTry => ({ kind: "answer", status });

it.each<[string, Unanswered, Partial<RetryFacts>, NextTry]>([
  ["nothing took the connection: in a moment", { kind: "refused", reused: false }, { method: "POST" }, again("a-moment")],
  ["nothing took the connection, another may: at once", { kind: "refused", reused: false }, { hasOthers: true }, again("at-once")],
  ["the time is over", { kind: "refused", reused: false }, { timeLeft: false }, answer(503)],
  ["a stale connection, harmless to repeat", { kind: "lost", reused: true }, {}, again("at-once")],
  ["a stale connection, a POST", { kind: "lost", reused: true }, { method: "POST" }, answer(502)],
  ["a stale connection, a body has left", { kind: "lost", reused: true }, { method: "PUT", bodySent: true }, answer(502)],
  ["stale again and again", { kind: "lost", reused: true }, { retried: 2 }, answer(502)],
  ["a new connection broke off", { kind: "lost", reused: false }, {}, answer(502)],
  ["a new connection broke off, another may answer", { kind: "lost", reused: false }, { hasOthers: true }, again("at-once")],
  ["silence", { kind: "late", reused: true }, {}, answer(504)],
  ["silence, another may answer", { kind: "late", reused: false }, { hasOthers: true }, again("at-once")],
  ["silence, a POST", { kind: "late", reused: false }, { hasOthers: true, method: "POST" }, answer(504)],
  ["silence, and no time for another", { kind: "late", reused: false }, { hasOthers: true, timeLeft: false }, answer(504)],
])("%s", (_, unanswered, facts, next) => {
  expect(determineRetry(unanswered, { ...FACTS, ...facts })).toEqual(next);
});

it("never sends again what may have been acted on", () => {
  const facts = fc.record({ method: fc.constantFrom("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "BREW"), bodySent: fc.boolean(), retried: fc.nat(5), timeLeft: fc.boolean(), hasOthers: fc.boolean() });
  const unanswered = fc.record({ kind: fc.constantFrom("refused" as const, "lost" as const, "late" as const), reused: fc.boolean() });
  fc.assert(fc.property(unanswered, facts, (how, what) => {
    const { kind } = determineRetry(how, what);
    if (kind === "again" && how.kind !== "refused") expect(["GET", "HEAD", "PUT", "DELETE"]).toContain(what.method);
    if (what.bodySent) expect(kind).toBe("answer");
  }));
});
