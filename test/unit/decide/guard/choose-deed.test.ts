import { expect, test } from "vitest";
import type { StrategyRule } from "../../../../core/config/policy-schema.ts";
import { chooseDeed } from "../../../../core/decide/guard/choose-deed.ts";
import type { Finding } from "../../../../core/decide/guard/judge.ts";

const bad = (...signals: readonly string[]): Finding => ({ kind: "bad", signals, summary: "" });
const RULES: readonly StrategyRule[] = [{ when: ["errors", "chain"], do: "rollback", strategy: "minimal" }, { when: ["health"], do: "failover", to: "track:backup" }];

test.each<[string, Finding, readonly StrategyRule[], string | undefined]>([
  ["all is well", { kind: "well", summary: "" }, RULES, undefined],
  ["no strategy", bad("errors"), [], "no strategy: page"],
  ["any of the names will do", bad("chain"), RULES, "strategy[0]: when errors or chain, do rollback, strategy minimal"],
  ["the first rule that fits, whatever comes first among signals", bad("health", "errors"), RULES, "strategy[0]: when errors or chain, do rollback, strategy minimal"],
  ["a later rule", bad("health"), RULES, "strategy[1]: when health, do failover, to track:backup"],
  ["none that fits", bad("other"), RULES, "no rule of the strategy names other: page"],
  ["a rule for anything", bad("other"), [...RULES, { do: "freeze" }], "strategy[2]: when anything, do freeze"],
  ["not the release's", { kind: "not-the-release", why: "every-version", signals: ["errors"], summary: "" }, RULES, "judgement: what is not the release's is paged, and nothing is changed"],
  ["no data", { kind: "no-data", signals: ["errors"], summary: "" }, RULES, "onNoData: pause"],
])("%s", (_name, finding, strategy, line) => {
  expect(chooseDeed(finding, { onNoData: "pause", strategy: strategy as StrategyRule[] })?.line).toBe(line);
});

test("silence is ignored, or taken for bad, where the policy says so", () => {
  const silent: Finding = { kind: "no-data", signals: ["errors"], summary: "" };
  expect(chooseDeed(silent, { onNoData: "ignore", strategy: [] })).toBeUndefined();
  expect(chooseDeed(silent, { onNoData: "rollback", strategy: [] })).toMatchObject({ deed: "rollback" });
});
