import * as fc from "fast-check";
import { expect, it } from "vitest";
import { type NextTry, type RetryFacts, type Unanswered, determineRetry } from "../../../../agent/proxy/determine-retry.ts";

const FACTS: RetryFacts = { method: "GET", bodySent: false, retried: 0, timeLeft: true };
const again = (after: "at-once" | "a-moment"): NextTry => ({ kind: "again", after });
const answer = (status: 502 | 503 | 504): NextTry => ({ kind: "answer", status });

it.each<[string, Unanswered, Partial<RetryFacts>, NextTry]>([
  ["nothing took the connection: in a moment", { kind: "refused", reused: false }, { method: "POST" }, again("a-moment")],
  ["the time is over", { kind: "refused", reused: false }, { timeLeft: false }, answer(503)],
  ["a stale connection, harmless to repeat", { kind: "lost", reused: true }, {}, again("at-once")],
  ["a stale connection, a POST", { kind: "lost", reused: true }, { method: "POST" }, answer(502)],
  ["a stale connection, a body has left", { kind: "lost", reused: true }, { method: "PUT", bodySent: true }, answer(502)],
  ["stale again and again", { kind: "lost", reused: true }, { retried: 2 }, answer(502)],
  ["a new connection broke off", { kind: "lost", reused: false }, {}, answer(502)],
  ["silence", { kind: "late", reused: true }, {}, answer(504)],
])("%s", (_, unanswered, facts, next) => {
  expect(determineRetry(unanswered, { ...FACTS, ...facts })).toEqual(next);
});

it("never sends again what may have been acted on", () => {
  const facts = fc.record({ method: fc.constantFrom("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "BREW"), bodySent: fc.boolean(), retried: fc.nat(5), timeLeft: fc.boolean() });
  const unanswered = fc.record({ kind: fc.constantFrom("refused" as const, "lost" as const, "late" as const), reused: fc.boolean() });
  fc.assert(fc.property(unanswered, facts, (how, what) => {
    const { kind } = determineRetry(how, what);
    if (kind === "again" && how.kind !== "refused") expect(["GET", "HEAD", "PUT", "DELETE"]).toContain(what.method);
    if (what.bodySent) expect(kind).toBe("answer");
  }));
});
