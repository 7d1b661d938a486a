import type { StoreFault } from "../model/fault.ts";
import type { Plan, Refusal } from "../model/plan.ts";
import { KEPT_REVISIONS, parseKeptRevisions } from "../model/kept-revisions.ts";
import { type Result, err, ok } from "../model/result.ts";
import { entryText } from "../store/entry-text.ts";
import { keptRevisionsKey } from "../store/keys.ts";
import type { Operation, Store } from "../store/port.ts";
import type { ApplyFault } from "./apply-fault.ts";
import { type Applicant, type Composed, composeTransaction } from "./compose-transaction.ts";
import { describeConflict } from "./describe-conflict.ts";
import { findCommit } from "./find-commit.ts";
import { pruneHistory } from "./prune-history.ts";
import { type SendOptions, sendUntilKnown } from "./send-until-known.ts";
import { refuseSize } from "./transaction-size.ts";

export type { ApplyFault } from "./apply-fault.ts";

export interface ApplyOptions extends SendOptions {
  /** How many revisions of a service are kept, whatever `meta/history` says. */
  readonly keepRevisions?: number | undefined;
  /** Done in the very transaction that commits it, or that makes its operation; compare-and-sets all of them, so that neither is done without the other. */
  readonly beside?: readonly Operation[] | undefined;
}

/** What was committed. */
export interface AppliedPlan {
  readonly id: string;
  readonly services: readonly { readonly service: string; readonly revision: number }[];
  /** The modifyIndex that every key of the transaction got; absent where there were several. */
  readonly commitIndex?: number;
  /** ISO time: the later of the former revisions' and now. */
  readonly at: string;
}

/** One plan in so many looks whether history has to be pruned: what it costs is shared by all of them. */
const PRUNE_EVERY = 10;

/**
 * The one function that changes desired state. It sends ONE transaction: every service's head, the keys it rewrites, new
 * history entries, verdicts. All of it is compare-and-set against what the plan was made from, so nothing is written when
 * anything changed since, and sending it again after an unknown outcome can't commit it twice.
 */
export async function applyPlan(store: Store, plan: Plan, who: Applicant, options: ApplyOptions = {}): Promise<Result<AppliedPlan, ApplyFault>> {
  const refused = refuseText(who);
  if (refused !== undefined) return err({ kind: "refusal", refusal: refused });
  const own = composeTransaction(plan, { ...who, now: who.now + store.clockOffsetMs() });
  const composed = { ...own, operations: [...own.operations, ...(options.beside ?? [])] };
  if (plan.migrations !== undefined) throw new Error("a plan that migrates data was to be applied without its hooks");
  const tooLarge = refuseSize(plan, composed.operations);
  if (tooLarge !== undefined) return err({ kind: "refusal", refusal: tooLarge });
  const committed = await commit(store, plan, composed, options);
  if (committed.ok) await pruneAfter(store, plan, composed.services, options);
  return committed;
}

async function commit(store: Store, plan: Plan, composed: Composed, options: ApplyOptions): Promise<Result<AppliedPlan, ApplyFault>> {
  const sent = await sendUntilKnown(store, composed.operations, options);
  if (sent.kind === "done") return ok(applied(composed, sent.modifyIndex));
  if (sent.kind === "doubtful") return decide(store, plan, composed, sent.fault);
  return sent.fault.kind === "conflict" ? conflict(store, plan, sent.fault) : err(faultOf(plan, sent.fault));
}

/** Some attempt may have been committed: history knows. */
async function decide(store: Store, plan: Plan, composed: Composed, fault: StoreFault): Promise<Result<AppliedPlan, ApplyFault>> {
  const found = await findCommit(store, composed);
  if (found.kind === "committed") return ok(applied(composed, found.modifyIndex));
  if (found.kind === "absent" && fault.kind === "conflict") return conflict(store, plan, fault);
  if (found.kind === "superseded") return err({ kind: "refusal", refusal: { kind: "conflict", message: await describeConflict(store, plan, []) } });
  const [first] = composed.services;
  const message = `nobody could say whether plan ${composed.id} was applied (${fault.operation}: ${"cause" in fault ? fault.cause : fault.kind}); once Consul answers, "rollpin history ${first?.service}" shows it if it was, and running the command again is safe`;
  return err({ kind: "undecided", plan: composed.id, message });
}

async function conflict(store: Store, plan: Plan, fault: StoreFault & { kind: "conflict" }): Promise<Result<never, ApplyFault>> {
  return err({ kind: "refusal", refusal: { kind: "conflict", message: await describeConflict(store, plan, fault.failures) } });
}

function faultOf(plan: Plan, fault: StoreFault): ApplyFault {
  if (fault.kind !== "too-large") return { kind: "store", fault };
  const service = plan.services[0]?.service ?? "";
  return { kind: "refusal", refusal: { kind: "refused", check: "transaction-size", service, message: `Consul takes no transaction of this size: ${fault.cause}; change fewer services at once, or a smaller config`, plan } };
}

function applied({ id, services, at }: Composed, commitIndex: number): AppliedPlan {
  return { id, services, commitIndex, at };
}

/** Records hold texts of at most 4,096 characters; a longer one would make history unreadable. */
const LONGEST_TEXT = 4_096;

function refuseText({ by, reason }: Applicant): Refusal | undefined {
  const long = [by, reason ?? ""].find((text) => text.length > LONGEST_TEXT);
  return long === undefined ? undefined : { kind: "usage", message: `a reason or name of ${long.length} characters is too long; at most ${LONGEST_TEXT} are kept` };
}

/** Housekeeping: what it can't do now, the next plan does. */
export async function pruneAfter(store: Store, plan: Plan, services: AppliedPlan["services"], { keepRevisions, signal }: Pick<ApplyOptions, "keepRevisions" | "signal">): Promise<void> {
  const due = services.filter(({ revision, service }) => isRecorded(plan, service) && (keepRevisions === undefined ? revision % PRUNE_EVERY === 0 : revision > keepRevisions));
  if (due.length === 0) return;
  const keep = keepRevisions ?? (await readKeptRevisions(store, signal));
  if (keep === undefined) return;
  for (const { revision, service } of due) {
    if (revision > keep) await pruneHistory(store, service, keep, signal);
  }
}

const isRecorded = ({ services }: Plan, service: string): boolean => services.some((one) => one.service === service && one.recorded);

/** Undefined where it can't be told: then nothing is removed. */
async function readKeptRevisions(store: Store, signal: AbortSignal | undefined): Promise<number | undefined> {
  const entry = await store.get(keptRevisionsKey, { signal });
  if (!entry.ok) return undefined;
  if (entry.value === undefined) return KEPT_REVISIONS;
  const kept = parseKeptRevisions(entryText(entry.value));
  return kept.ok ? kept.value : undefined;
}
