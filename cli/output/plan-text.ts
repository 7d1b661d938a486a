import { firstFew } from "../../core/model/first-few.ts";
import type { BlastRadius, Check, Migration, Plan, ServicePlan } from "../../core/model/plan.ts";
import { percent } from "./percent.ts";
import { type Screen, visible } from "./screen.ts";
import { changesBetween, describeChange } from "./state-changes.ts";
import { wrap } from "./table.ts";
import { localTime } from "./times.ts";

/** A plan for the person who is about to say yes. */
export function planText(plan: Plan, screen: Screen): string {
  const undoes = plan.undoes === undefined ? "" : ` of ${plan.undoes}`;
  return [
    `${screen.paint("bold", `Plan: ${plan.kind}${undoes}`)} ${screen.paint("dim", `(${shortFingerprint(plan.fingerprint)})`)}`,
    ...plan.services.flatMap((service) => serviceLines(service, screen)),
    ...(plan.migrations ?? []).flatMap((migration) => [describeMigration(migration), ...describeOff(migration)]).map((line) => wrap(`  ${line}`, screen.columns, "    ")),
    ...totalLine(plan, screen),
    ...plan.checks.filter((check) => isWorthReading(check) && isInside(plan, check)).map((check) => checkLine(check, plan.services.length > 1, screen)),
    ...quietLine(plan, screen),
    ...outsideLine(plan, screen),
    ...plan.notes.map((note) => wrap(`  note: ${visible(note)}`, screen.columns, "    ")),
  ].join("\n");
}

/** Enough of it to tell one plan from all others that an operator has. */
export const shortFingerprint = (fingerprint: string): string => fingerprint.slice(0, 12);

function serviceLines(service: ServicePlan, screen: Screen): readonly string[] {
  const lines = [
    ...changesBetween(service.before, service.after).map(describeChange),
    ...service.verdicts.map(({ version, after }) => (after === undefined ? `verdict on ${version} cleared` : `${version} is ${after.verdict}`)),
    ...freezeLines(service),
    ...(service.mode === undefined ? [] : [MODES[service.mode]]),
    ...(service.restart === undefined ? [] : [`restart ${service.restart.tracks === undefined ? "every instance" : `instances of ${service.restart.tracks.join(", ")}`}`]),
    ...(service.blast === undefined ? [] : [blastLine(service.blast)]),
  ];
  return [
    wrap(`  ${screen.paint("bold", service.service)}  ${screen.paint("dim", visible(service.why))}`, screen.columns, "    "),
    ...lines.map((line) => wrap(`    ${visible(line)}`, screen.columns, "      ")),
  ];
}

function describeMigration({ from, service, steps, to }: Migration): string {
  return `the data of ${service} goes from schema ${from} to ${to}: ${from > to ? "back over" : "up by"} ${steps.length === 1 ? "step" : "steps"} ${steps.join(", ")}`;
}

function describeOff({ from, off = [], service, to }: Migration): readonly string[] {
  if (off.length === 0) return [];
  const [least, most] = [Math.min(from, to), Math.max(from, to)];
  return [`traffic off ${off.join(", ")} of ${service} first, and until the pins are written: ${off.length === 1 ? "it reads" : "they read"} not all of schema ${least} to ${most}`];
}

/** `3 of 4 live instances change, which answer 75% of its requests`. */
function blastLine({ instances, of, traffic }: BlastRadius): string {
  if (of === 0) return `no live instance to change${traffic === undefined || traffic.most === 0 ? "" : `; ${trafficPart(traffic)} of its requests go to what it leaves`}`;
  const rest = traffic === undefined ? "" : `; what it leaves answers ${trafficPart(traffic)} of the requests${traffic.routers === 1 ? "" : ` of its ${traffic.routers} routers`}`;
  return `${instances} of ${of} live ${of === 1 ? "instance changes" : "instances change"}${rest}`;
}

function trafficPart({ least, most }: NonNullable<BlastRadius["traffic"]>): string {
  return least === most ? percent(least) : `${percent(least)} to ${percent(most)}`;
}

/** Where one service's line doesn't say it all. */
function totalLine({ services }: Plan, screen: Screen): readonly string[] {
  const touched = services.flatMap(({ blast }) => blast ?? []);
  if (touched.length < 2) return [];
  const sum = (of: (one: BlastRadius) => number): number => touched.reduce((total, one) => total + of(one), 0);
  return [wrap(`  in all: ${services.length} services, ${sum(({ instances }) => instances)} of their ${sum(({ of }) => of)} live instances`, screen.columns, "    ")];
}

const MODES = { observe: "agents observe it, and change nothing", enforce: "agents make true what is pinned", ejected: "agents let go of it; what runs goes on" } as const;

function freezeLines({ freeze }: ServicePlan): readonly string[] {
  if (freeze === undefined) return [];
  if (freeze === null) return ["freeze ends"];
  return [`frozen (${freeze.scope}) ${freeze.until === undefined ? "until somebody unfreezes" : `until ${localTime(freeze.until)}`}`];
}

/** What passed is told by name only, but for how a target was found and who goes along: that is what an operator says yes to. */
const TOLD: ReadonlySet<Check["name"]> = new Set(["target", "requires"]);

function isWorthReading({ name, result }: Check): boolean {
  return result !== "passed" || TOLD.has(name);
}

/** A whole fleet may have been looked at, of which most stays. */
const isInside = ({ services }: Plan, { name, result, service }: Check): boolean => name !== "target" || result !== "passed" || services.some((one) => one.service === service);

function outsideLine(plan: Plan, screen: Screen): readonly string[] {
  const still = [...new Set(plan.checks.filter((check) => !isInside(plan, check)).map(({ service }) => service))];
  return still.length === 0 ? [] : [wrap(`  unchanged: ${firstFew(still, 5)} ${still.length === 1 ? "is" : "are"} there already`, screen.columns, "    ")];
}

function quietLine({ checks }: Plan, screen: Screen): readonly string[] {
  const stopped = new Set(checks.filter(({ result }) => result !== "passed").map(({ name }) => name));
  const names = [...new Set(checks.filter((check) => !isWorthReading(check) && !stopped.has(check.name)).map(({ name }) => name))];
  return names.length === 0 ? [] : [screen.paint("dim", wrap(`  passed: ${names.join(", ")}`, screen.columns, "    "))];
}

function checkLine(check: Check, ofMany: boolean, screen: Screen): string {
  const mark = check.result === "passed" ? check.name : screen.paint(check.result === "refused" ? "red" : "yellow", `${check.result} ${check.name}`);
  return wrap(`  ${mark}: ${ofMany && check.name !== "requires" && !check.detail.includes(check.service) ? `${check.service}: ` : ""}${visible(check.detail)}`, screen.columns, "    ");
}
