import { type DesiredState, type Part, partsOf, readPart } from "../../model/desired.ts";
import type { ServiceFacts, Stored } from "../../model/facts.ts";
import { describeBadRecord } from "../../model/parse-record.ts";
import type { DesiredWrite, Migration, Refusal, ServicePlan, VerdictChange } from "../../model/plan.ts";
import type { Head, Release } from "../../model/records.ts";
import { type Result, err, ok } from "../../model/result.ts";
import { determineCurrent } from "../current.ts";
import type { EffectiveState } from "../effective.ts";
import { unreadableAfter } from "../schema/off.ts";
import { determineSchema } from "../schema/schema-ground.ts";

/** Facts of a service that is known: it has a head, and what can be obeyed of its keys is settled. */
export interface KnownService {
  readonly facts: ServiceFacts;
  readonly head: Stored<Head>;
  readonly current: EffectiveState;
}

export function knownService(facts: ServiceFacts): Result<KnownService, Refusal> {
  const { head, service, unreadable } = facts;
  if (head !== undefined) return ok({ facts, head, current: determineCurrent(facts) });
  const overwritten = unreadable.find(({ key }) => key === `desired/${service}/head`);
  if (overwritten !== undefined) return err({ kind: "refused", check: "head", service, message: `${describeBadRecord(overwritten)}; somebody wrote over it: put back what stood there (a snapshot of Consul has it). Until then nothing of ${service} can be changed, and its agents hold what they run` });
  return err({ kind: "usage", message: `the service ${service} is unknown: no agent and no release of it was ever registered; run "rollpin release register ${service} <version>", or start an agent for it` });
}

export interface Change {
  readonly why: string;
  readonly after: DesiredState;
  /** Keys that can't be obeyed are rewritten where the plan concerns them, and left alone elsewhere. */
  readonly concerns: (part: Part) => boolean;
  readonly verdicts?: readonly VerdictChange[];
  readonly restart?: ServicePlan["restart"];
  readonly back?: boolean;
  readonly mode?: ServicePlan["mode"];
  readonly migration?: Migration | undefined;
}

/** One service's share of a recorded plan. `before` is what could be obeyed until now, flips that nobody recorded included. */
export function changeService({ facts, head, current }: KnownService, change: Change): ServicePlan {
  const writes = writesFor(facts, current, change);
  const written = new Set<string>(writes.map((write) => write.part));
  const schema = schemaAfter({ facts, current }, change);
  const off = change.migration === undefined ? undefined : unreadableAfter(change.migration, change.after.pins, (version) => facts.releases.get(version)?.value);
  return {
    service: facts.service,
    why: change.why,
    head: { value: head.value, modifyIndex: head.modifyIndex },
    before: current.state,
    after: change.after,
    recorded: true,
    writes,
    verdicts: change.verdicts ?? [],
    ...(change.restart === undefined ? {} : { restart: change.restart }),
    ...(change.back === true ? { back: true } : {}),
    ...(change.mode === undefined ? {} : { mode: change.mode }),
    ...(schema === undefined ? {} : { schema }),
    ...(off === undefined ? {} : { off }),
    // A flip that this plan accepts without writing it must still stand when it is accepted.
    expects: current.flipped.filter((part) => !written.has(part)).map((part) => ({ part, modifyIndex: indexOf(facts, part) })),
    overrides: current.overrides,
  };
}

/** What is pinned from now on writes its schema; only a migration takes data back. Undefined where the head says so already. */
function schemaAfter({ current, facts }: Pick<KnownService, "facts" | "current">, { after, migration }: Change): number | undefined {
  const releaseOf = (version: string): Release | undefined => facts.releases.get(version)?.value;
  const today = migration?.to ?? determineSchema(facts.head?.value, current.state.pins, releaseOf);
  const schema = determineSchema({ schema: today }, after.pins, releaseOf);
  return schema === facts.head?.value.schema ? undefined : schema;
}

/** The keys to rewrite so that `after` stands there. */
export function writesFor(facts: ServiceFacts, current: EffectiveState, { after, concerns }: Pick<Change, "after" | "concerns">): readonly DesiredWrite[] {
  const refused = new Set(current.refused.map(({ part }) => part));
  const parts = new Set<Part>([...partsOf(current.state, after), ...refused]);
  return [...parts].flatMap((part) => {
    const text = readPart(after, part);
    const differs = text !== readPart(current.state, part) || (refused.has(part) && concerns(part));
    const modifyIndex = indexOf(facts, part);
    // Removing what isn't there would only fail.
    return differs && (text !== undefined || modifyIndex !== undefined) ? [{ part, text, modifyIndex }] : [];
  });
}

function indexOf(facts: ServiceFacts, part: Part): number | undefined {
  return facts.desired.find((key) => key.part === part)?.modifyIndex;
}

/** Where a condemned version is pinned with --override, its verdict goes in the same transaction. */
export function clearVerdict(facts: ServiceFacts, version: string): readonly VerdictChange[] {
  const verdict = facts.verdicts.get(version);
  return verdict?.value.verdict === "condemned" ? [{ version, before: verdict.value, modifyIndex: verdict.modifyIndex, after: undefined }] : [];
}

/** Names the flips that nobody recorded, and the keys that can't be obeyed, for the plan's notes. */
export function noteHands({ facts, current }: KnownService): readonly string[] {
  const flips = current.flipped.map((part) => `${facts.service}: ${part} was changed by hand and is part of what this plan starts from`);
  return [...flips, ...current.refused.map(({ message }) => message)];
}
