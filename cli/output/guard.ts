import type { GuardAction, GuardState } from "../../core/model/guard-records.ts";
import type { Reading } from "../../core/model/reading.ts";
import { type GuardStatus, guardStatus } from "../status/determine-status.ts";
import type { SeenGuard } from "../status/gather-guards.ts";
import type { Printable } from "./printable.ts";
import { type Screen, visible } from "./screen.ts";
import { wrap } from "./table.ts";
import { age, localTime } from "./times.ts";

export interface ExplainedGuard {
  readonly service: string;
  /** Undefined where nobody ever guarded it. */
  readonly guard: SeenGuard | undefined;
  /** The one that is explained. */
  readonly action: GuardAction | undefined;
  /** All that are kept, newest first. */
  readonly actions: readonly GuardAction[];
}

/** So many others are listed. */
const MOST_OTHERS = 20;

export function guardPrintable(explained: ExplainedGuard): Printable {
  const { action, actions, guard, service } = explained;
  const others = actions.filter((one) => one !== action).slice(0, MOST_OTHERS);
  return {
    value: guardValue(explained, others),
    text: (screen) => [...standing(service, guard, screen), ...(action === undefined ? ["  the guard has done and said nothing yet"] : actionLines(action, screen)), ...others.map((one) => otherLine(one, screen))].join("\n"),
  };
}

function guardValue({ action, guard, service }: ExplainedGuard, others: readonly GuardAction[]) {
  return { kind: "guard", service, leader: guard?.leader ?? null, state: guard?.state ?? null, action: action ?? null, others: others.map(({ action: number, at, deed, outcome, says }) => ({ action: number, at, deed, outcome, says })) };
}

function standing(service: string, guard: SeenGuard | undefined, screen: Screen): readonly string[] {
  return guard === undefined ? [screen.paint("dim", `  nobody guards ${service}: it has no policy, or no agent may guard it`)] : guardLines(service, guardStatus(guard), screen);
}

/** For `status` too. */
export function guardLines(service: string, guard: GuardStatus, screen: Screen): readonly string[] {
  const line = (style: "dim" | "yellow" | "red", text: string): string => screen.paint(style, wrap(visible(`  ${text}`), screen.columns, "    "));
  const { dryRun, latched, leader, paused, policyFault } = guard;
  const dry = dryRun ? ", and only says what it would do (dryRun)" : "";
  return [
    leader === null ? line("yellow", `nobody guards ${service} now: the agent that did is gone, and no other has taken over yet`) : line("dim", `guarded by ${leader}${dry}`),
    ...(latched === undefined ? [] : [line("red", `the guard's brake is on, ${age(latched.at, screen.now)}: ${latched.why}; once it is understood: rollpin guard resume ${service}`)]),
    ...(paused === undefined ? [] : [line("yellow", `the guard pauses, ${age(paused.at, screen.now)}: ${paused.why}`)]),
    ...(policyFault === undefined ? [] : [line("yellow", `${policyFault}; the last good one is in force: rollpin policy show ${service}`)]),
  ];
}

function actionLines(action: GuardAction, screen: Screen): readonly string[] {
  const { at, by, finding, plan, policy, readings, rollout, suspect } = action;
  const text = (indent: string, line: string): string => wrap(`${indent}${visible(line)}`, screen.columns, `${indent}  `);
  return [
    `${screen.paint("bold", `#${action.action}`)}  ${localTime(at)}  ${screen.paint("cyan", `${action.deed} ${action.outcome}`)}  by ${visible(by)}${plan === undefined ? "" : `  ${screen.paint("dim", plan)}`}`,
    text("    ", action.says),
    text("    ", `suspect: ${suspect.version} on ${suspect.track} since ${localTime(suspect.since)}${suspect.baseline === undefined ? "" : `, compared with ${suspect.baseline}`}`),
    ...(rollout === undefined ? [] : [text("    ", `rollout: by ${rollout.by} since ${localTime(rollout.startedAt)}, ${rollout.taken} of ${rollout.steps} steps taken, ${rollout.state}`)]),
    text("    ", `judged: ${sayFinding(finding)}; policy: ${policy.line}`),
    ...Object.entries(readings).flatMap(([name, reading]) => readingLines(name, reading, text)),
  ];
}

function sayFinding(finding: GuardAction["finding"]): string {
  if (finding === undefined) return "by no signal";
  return `${finding.kind}${finding.why === undefined ? "" : ` (${finding.why})`}${finding.since === undefined ? "" : `, since ${localTime(finding.since)}`}`;
}

function readingLines(name: string, { alike, evidence, says, summary }: Reading, text: (indent: string, line: string) => string): readonly string[] {
  const versions = alike === undefined ? "" : alike ? "; other versions as much" : "; other versions not";
  return [text("    ", `${name} says ${says}${versions}: ${summary}`), ...evidence.map((one) => text("      ", JSON.stringify(one)))];
}

function otherLine({ action, at, deed, outcome, says }: GuardAction, screen: Screen): string {
  return wrap(`${screen.paint("dim", `#${action}`)}  ${localTime(at)}  ${deed} ${outcome}: ${visible(says)}`, screen.columns, "    ");
}

export interface ResumedGuard {
  readonly service: string;
  readonly latched: GuardState["latched"];
  readonly outcome: "planned" | "changed" | "unchanged";
}

export function resumedPrintable(resumed: ResumedGuard): Printable {
  return { value: resumedValue(resumed), text: () => describeResumed(resumed) };
}

function resumedValue({ latched, outcome, service }: ResumedGuard) {
  return { kind: "guard-resumed", service, outcome, latched: latched ?? null };
}

export function describeResumed({ latched, outcome, service }: ResumedGuard): string {
  if (latched === undefined) return `the brake of ${service}'s guard is not on: nothing to change`;
  return `${outcome === "planned" ? "would take" : "took"} the brake off ${service}'s guard, which is on since ${latched.at}: ${latched.why}`;
}
