import type { Plan } from "../../core/model/plan.ts";
import { EXIT, type Failure } from "../ending.ts";
import type { Output } from "../world.ts";
import { planText } from "./plan-text.ts";
import { planValue } from "./plan-value.ts";
import { envelope } from "./printable.ts";
import type { OutputFormat } from "./print-result.ts";
import { type Screen, visible } from "./screen.ts";
import { yamlOf } from "./yaml.ts";

/** The `-o json` value of a failure. */
function failureValue({ code, message, check, service, plan }: Failure) {
  return envelope({ kind: "error", error: { code, exit: EXIT[code], message, check, service, plan: plan === undefined ? undefined : planValue(plan) } });
}

/** On stderr: what went wrong, and for a refusal the plan that it refused. */
export function printFailure(failure: Failure, format: OutputFormat, screen: Screen, output: Output): void {
  if (format === "json") output.write(`${JSON.stringify(failureValue(failure))}\n`);
  else if (format === "yaml") output.write(yamlOf(failureValue(failure)));
  else output.write(failureText(failure, screen));
}

const HEADS: Readonly<Record<Failure["code"], string>> = {
  fault: "fault in rollpin",
  usage: "usage",
  refused: "refused",
  conflict: "conflict",
  incomplete: "incomplete",
  consul: "consul",
  interrupted: "stopped",
};

/** What refused is said last, once. */
function withoutCheck(plan: Plan, { message }: Failure): Plan {
  return { ...plan, checks: plan.checks.filter(({ result, detail }) => result !== "refused" || detail !== message) };
}

function failureText(failure: Failure, screen: Screen): string {
  const check = failure.check === undefined ? "" : ` (${failure.check})`;
  const plan = failure.plan === undefined ? "" : `${planText(withoutCheck(failure.plan, failure), screen)}\n`;
  const message = failure.message.trimEnd().split("\n").map(visible).join("\n");
  return `${plan}${screen.paint("red", `${HEADS[failure.code]}${check}:`)} ${message}\n`;
}
