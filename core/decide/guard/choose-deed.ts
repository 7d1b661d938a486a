import type { Policy, StrategyRule } from "../../config/policy-schema.ts";
import type { Deed } from "../../model/guard-records.ts";
import type { Strategy } from "../../model/requests.ts";
import type { Finding } from "./judge.ts";

export interface Chosen {
  readonly deed: Deed;
  readonly to?: string | undefined;
  readonly strategy?: Strategy | undefined;
  /** Where in the policy it stands. */
  readonly line: string;
}

/** What the policy says is to be done about what was found. Undefined: nothing, and nobody need know. */
export function chooseDeed(finding: Finding, { onNoData, strategy }: Pick<Policy, "onNoData" | "strategy">): Chosen | undefined {
  switch (finding.kind) {
    case "well":
      return undefined;
    case "not-the-release":
      return { deed: "page", line: "judgement: what is not the release's is paged, and nothing is changed" };
    case "no-data":
      return onNoData === "ignore" ? undefined : { deed: onNoData, line: `onNoData: ${onNoData}` };
    case "bad":
      return byStrategy(finding.signals, strategy);
  }
}

function byStrategy(signals: readonly string[], rules: readonly StrategyRule[]): Chosen {
  const place = rules.findIndex(({ when }) => when === undefined || when.some((name) => signals.includes(name)));
  const rule = rules[place];
  if (rule === undefined) return { deed: "page", line: rules.length === 0 ? "no strategy: page" : `no rule of the strategy names ${signals.join(", ")}: page` };
  return { deed: rule.do, to: rule.to, strategy: rule.strategy, line: `strategy[${place}]: ${describeRule(rule)}` };
}

function describeRule({ do: deed, strategy, to, when }: StrategyRule): string {
  return [`when ${when === undefined ? "anything" : when.join(" or ")}`, `do ${deed}`, ...(to === undefined ? [] : [`to ${to}`]), ...(strategy === undefined ? [] : [`strategy ${strategy}`])].join(", ");
}
