import type { Plan } from "../../model/plan.ts";
import type { GuardAction } from "../../model/guard-records.ts";

const LONGEST = 3_000;

/** What happened in one sentence, for history, for whoever is paged, and for `rollpin guard explain`. */
export function sayAction({ deed, finding, outcome, suspect, why }: Pick<GuardAction, "deed" | "finding" | "outcome" | "suspect" | "why">, plan: Plan | undefined): string {
  const about = `${suspect.service} ${suspect.version}${suspect.track === "stable" ? "" : ` on track ${suspect.track}`}`;
  const done = plan === undefined ? deed : plan.services.map(({ service, why: how }) => `${service}: ${how}`).join("; ");
  const begin: Readonly<Record<GuardAction["outcome"], string>> = {
    done: `the guard acted (${done})`,
    "dry-run": `the guard would have done this (${done}), but the policy says dryRun`,
    braked: `the guard did not do what the policy asks for (${deed}): ${why ?? ""}`,
    refused: `the guard could not do what the policy asks for (${deed}): ${why ?? ""}`,
    paged: deed === "pause" ? "the guard pauses" : "the guard changes nothing",
  };
  return `${about}: ${begin[outcome]}${finding === undefined ? "" : `; ${finding.summary}`}`.slice(0, LONGEST);
}
