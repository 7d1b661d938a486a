import type { Check, Migration, Plan, ServicePlan } from "../../core/model/plan.ts";
import { type Screen, visible } from "./screen.ts";
import { changesBetween, describeChange } from "./state-changes.ts";
import { wrap } from "./table.ts";
import { localTime } from "./times.ts";

/** A plan for the person who is about to say yes. */
export function planText(plan: Plan, screen: Screen): string {
  const undoes = plan.undoes === undefined ? "" : ` of ${plan.undoes}`;
  return [
    `${screen.paint("bold", `Plan: ${plan.kind}${undoes}`)} ${screen.paint("dim", `(${plan.fingerprint.slice(0, 12)})`)}`,
    ...plan.services.flatMap((service) => serviceLines(service, screen)),
    ...(plan.migrations ?? []).map((migration) => wrap(`  ${describeMigration(migration)}`, screen.columns, "    ")),
    ...plan.checks.filter(isWorthReading).map((check) => checkLine(check, plan.services.length > 1, screen)),
    ...plan.notes.map((note) => wrap(`  note: ${visible(note)}`, screen.columns, "    ")),
  ].join("\n");
}

function serviceLines(service: ServicePlan, screen: Screen): readonly string[] {
  const lines = [
    ...changesBetween(service.before, service.after).map(describeChange),
    ...service.verdicts.map(({ version, after }) => (after === undefined ? `verdict on ${version} cleared` : `${version} is ${after.verdict}`)),
    ...freezeLines(service),
    ...(service.mode === undefined ? [] : [MODES[service.mode]]),
    ...(service.restart === undefined ? [] : [`restart ${service.restart.tracks === undefined ? "every instance" : `instances of ${service.restart.tracks.join(", ")}`}`]),
  ];
  return [
    wrap(`  ${screen.paint("bold", service.service)}  ${screen.paint("dim", visible(service.why))}`, screen.columns, "    "),
    ...lines.map((line) => wrap(`    ${visible(line)}`, screen.columns, "      ")),
  ];
}

function describeMigration({ from, service, steps, to }: Migration): string {
  return `the data of ${service} goes from schema ${from} to ${to}: ${from > to ? "back over" : "up by"} ${steps.length === 1 ? "step" : "steps"} ${steps.join(", ")}`;
}

const MODES = { observe: "agents observe it, and change nothing", enforce: "agents make true what is pinned", ejected: "agents let go of it; what runs goes on" } as const;

function freezeLines({ freeze }: ServicePlan): readonly string[] {
  if (freeze === undefined) return [];
  if (freeze === null) return ["freeze ends"];
  return [`frozen (${freeze.scope}) ${freeze.until === undefined ? "until somebody unfreezes" : `until ${localTime(freeze.until)}`}`];
}

/** What passed is quiet, but for how a target was found: that is what an operator says yes to. */
function isWorthReading({ name, result }: Check): boolean {
  return result !== "passed" || name === "target";
}

function checkLine(check: Check, ofMany: boolean, screen: Screen): string {
  const mark = check.result === "passed" ? check.name : screen.paint(check.result === "refused" ? "red" : "yellow", `${check.result} ${check.name}`);
  return wrap(`  ${mark}: ${ofMany && !check.detail.includes(check.service) ? `${check.service}: ` : ""}${visible(check.detail)}`, screen.columns, "    ");
}
