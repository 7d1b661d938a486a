/** Routing documents that nobody wrote: half of them whole, half with something in them that can't stand there. */
import type { Inputs } from "./mutate.ts";

const NAMES = ["pin", "1.4.2", "1.10", "2.0.0-rc.1+build.7", "^1.4", ">=1 <2", "1.*", "track:green", "nightly", "42"];
const BAD_NAMES = ["", " ", "none", "track:", "track:Green", "../pin", "__proto__", "a b", "\u202e1.0", "x".repeat(200), "^", "{{version}}"];
const BAD_WEIGHTS = [-1, Number.MAX_VALUE, null, "25%", [], {}, true, Number.NaN];
const VALUES = ["on", { exact: "a b" }, { prefix: "beta-" }, { present: true }, { present: false }];
const BAD_VALUES = ["", 1, null, { exact: "a\nb" }, { regex: ".*" }, { present: "yes" }, 'a"b', "é", { exact: "a", prefix: "b" }];

export function createDocuments(inputs: Inputs): () => string {
  const below = (end: number): number => inputs.below(end);
  const pick = <T>(from: readonly T[]): T | undefined => from[below(from.length)];
  const times = <T>(most: number, make: () => T): readonly T[] => Array.from({ length: below(most) }, make);
  let bad = false;
  const or = <T, U>(good: readonly T[], wrong: readonly U[]): T | U | undefined => (bad && below(6) === 0 ? pick(wrong) : pick(good));
  const split = (): unknown => Object.fromEntries([[pick(NAMES), 1 + below(100)], ...times(6, () => [or(NAMES, BAD_NAMES), or([0, 1, 25, 0.01, 99.5], BAD_WEIGHTS)])]);
  const match = (): unknown => ({
    path: or(["/", "/api/", "/a%20b"], ["api", "/a b", "/a?b", 7]),
    ...(below(2) === 0 ? { header: Object.fromEntries(times(4, () => [or(["x-a", "X-B", "user-agent"], ["x a", "__proto__", ""]), or(VALUES, BAD_VALUES)])) } : {}),
    ...(below(2) === 0 ? { cookie: { group: or(VALUES, BAD_VALUES) } } : {}),
    ...(below(2) === 0 ? { method: or(["GET", ["GET", "HEAD"]], ["get", [], {}]) } : {}),
    ...(below(2) === 0 ? { caller: or(["frontend", ["a", "b"]], ["A", [1]]) } : {}),
  });
  return () => {
    bad = below(2) === 0;
    const document = {
      ...(below(4) > 0 ? { split: split() } : {}),
      ...(below(2) === 0 ? { rules: times(bad && below(20) === 0 ? 120 : 6, () => ({ match: match(), split: split() })) } : {}),
      ...(below(2) === 0 ? { sticky: or([{ header: "X-User" }, { cookie: "session" }], [{}, { header: "a", cookie: "b" }, "cookie", { cookie: "a;b" }]) } : {}),
      ...(below(3) === 0 ? { failover: { to: or(["checkout-backup", "track:backup", "checkout"], ["B", "track:", 1]), active: or([true, false], ["yes"]), when: { passingBelow: or(["50%", "100%", "0.5%"], ["0%", "101%", 50, "half"]) } } } : {}),
      ...(below(3) === 0 ? { none: or(["hold", "fail"], ["stay", null]) } : {}),
      ...(bad && below(4) === 0 ? { [pick(["splits", "constructor", "rule"]) ?? ""]: {} } : {}),
    };
    return JSON.stringify(document, undefined, pick([0, 2]));
  };
}
