import { isoTime } from "../../core/clock.ts";
import { renderConfigError } from "../../core/config/config-error.ts";
import { parsePolicy } from "../../core/config/parse-policy.ts";
import { determineCurrent } from "../../core/decide/current.ts";
import { planRolloutStep } from "../../core/decide/rollout/plan-rollout.ts";
import { type RolloutShape, rolloutSteps } from "../../core/decide/rollout/rollout-steps.ts";
import { pinOf } from "../../core/model/desired.ts";
import type { ServiceFacts, Stored } from "../../core/model/facts.ts";
import { STABLE } from "../../core/model/names.ts";
import type { Head } from "../../core/model/records.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import { type Rollout, hasEnded } from "../../core/model/rollout.ts";
import { readRollout, replaceRollout } from "../../core/operations/rollout/rollout-record.ts";
import { consulTime } from "../../core/store/consul-time.ts";
import { entryText } from "../../core/store/entry-text.ts";
import { headKey, policyKey } from "../../core/store/keys.ts";
import type { Entry, Store } from "../../core/store/port.ts";
import { confirm, refuseToGuess } from "../confirm.ts";
import { type Ending, type Failure, failed, failureOfRefusal, failureOfStore, result, usage } from "../ending.ts";
import type { ChangeFlags } from "../flags.ts";
import { gatherKnown } from "../gather.ts";
import { rolloutPrintable } from "../output/rollout.ts";
import type { Session } from "../session.ts";
import { noRollout } from "./last-rollout.ts";

/** Writes what is to be done. The guard of the service does it, step by step. */
export async function startRollout(session: Session, service: string, asked: { readonly version: string; readonly shape: RolloutShape }, flags: ChangeFlags): Promise<Ending> {
  return begin(session, service, flags, () => ok({ version: asked.version, ...rolloutSteps(asked.version, asked.shape) }));
}

/** The same steps once more, after it ended without being promoted. */
export async function retryRollout(session: Session, service: string, flags: ChangeFlags): Promise<Ending> {
  return begin(session, service, flags, (former) => {
    if (former === undefined) return err(noRollout(service));
    const { kind, state, steps, version } = former;
    return state === "promoted" ? err(usage(`the last rollout of ${service}, to ${version}, ended well: there is nothing to try again`)) : ok({ version, kind, steps });
  });
}

type Wanted = Pick<Rollout, "kind" | "steps" | "version">;

async function begin(session: Session, service: string, flags: ChangeFlags, wantedOf: (former: Rollout | undefined) => Result<Wanted, Failure>): Promise<Ending> {
  const { world } = session;
  const allowed = refuseToGuess(session, flags);
  if (!allowed.ok) return failed(allowed.fault);
  const store = await session.store();
  if (!store.ok) return failed(store.fault);
  const seen = await look(session, store.value, service);
  if (!seen.ok) return failed(seen.fault);
  const { former, head } = seen.value;
  const wanted = wantedOf(former?.value);
  if (!wanted.ok) return failed(wanted.fault);
  const now = consulTime(store.value, world.clock);
  const begun = beginning(seen.value, wanted.value, flags, { by: world.by, at: isoTime(now) });
  const may = mayBegin(store.value, seen.value, begun, now);
  if (!may.ok) return failed(may.fault);
  const planned = rolloutPrintable({ rollout: begun, revision: begun.base, outcome: "planned" });
  if (flags.dryRun === true) return result(planned);
  if (flags.yes !== true) world.stderr.write(`${planned.text(session.err)}\n`);
  const agreed = await confirm(session, flags, "Do this?");
  return agreed.ok ? write(store.value, head, former, begun) : failed(agreed.fault);
}

interface Seen {
  readonly facts: ServiceFacts;
  readonly head: Stored<Head>;
  readonly former: Stored<Rollout> | undefined;
  readonly policy: Entry | undefined;
}

async function look({ signal }: Session, store: Store, service: string): Promise<Result<Seen, Failure>> {
  const [known, former, policy] = await Promise.all([gatherKnown(store, [service], { signal, history: 2 }), readRollout(store, service, signal), store.get(policyKey(service), { signal })]);
  if (!known.ok) return known;
  if (!former.ok) return err(failureOfStore(former.fault));
  if (!policy.ok) return err(failureOfStore(policy.fault));
  const [facts] = known.value;
  if (facts?.head === undefined) return err(usage(`${service} is not registered yet: "rollpin release register ${service} <version>" comes first`));
  return ok({ facts, head: facts.head, former: former.value, policy: policy.value });
}

function beginning({ facts, head }: Seen, wanted: Wanted, { override, reason }: ChangeFlags, { at, by }: { readonly at: string; readonly by: string }): Rollout {
  const from = pinOf(facts.accepted, STABLE);
  const { revision } = head.value;
  return { service: facts.service, from, ...wanted, taken: 0, state: "begun", since: at, heldMs: 0, base: revision, head: revision, override: override === true || undefined, by, reason, startedAt: at };
}

function mayBegin(store: Store, { facts, former, policy }: Seen, begun: Rollout, now: number): Result<void, Failure> {
  const { service, version } = begun;
  if (former !== undefined && !hasEnded(former.value) && former.value.head === begun.base) {
    return err({ code: "conflict", service, message: `a rollout of ${service} to ${former.value.version} is under way, by ${former.value.by} since ${former.value.startedAt}: "rollpin rollout status ${service}" shows it, "rollpin rollout abort ${service}" takes it back` });
  }
  if (determineCurrent(facts, store.prefix).flipped.length > 0) return err({ code: "conflict", service, message: `${service} was changed by hand, and nobody has written that into history yet: an agent does so in a moment; say it again then` });
  if (begun.from === version) return err(usage(`${service} is pinned to ${version} already: a rollout leads to another version`));
  const judged = mayBeJudged(store, service, policy);
  if (!judged.ok) return judged;
  // What the first step meets is told now, and not by the guard later. Traffic is looked at when it is taken.
  const planned = planRolloutStep(facts, begun, 0, { now });
  return planned.ok || planned.fault.kind === "nothing-to-change" ? ok(undefined) : err(failureOfRefusal(planned.fault));
}

function mayBeJudged(store: Store, service: string, entry: Entry | undefined): Result<void, Failure> {
  if (entry === undefined) return err({ code: "refused", check: "policy", service, message: `${service} has no policy, so nobody could judge a step or take it: "rollpin policy set ${service} <file>" says by which signals; steps that only wait take one with the signal "health"` });
  const parsed = parsePolicy(entryText(entry), `${store.prefix}/${entry.key}`);
  return parsed.ok ? ok(undefined) : err({ code: "refused", check: "policy", service, message: `the policy of ${service} isn't right, so steps would be judged by an older one: ${parsed.fault.map(renderConfigError).join("; ")}` });
}

async function write(store: Store, head: Stored<Head>, former: Stored<Rollout> | undefined, begun: Rollout): Promise<Ending> {
  const { service } = begun;
  const written = await store.transact([{ kind: "expect", key: headKey(service), modifyIndex: head.modifyIndex }, replaceRollout(former, begun)]);
  if (written.ok) return result(rolloutPrintable({ rollout: begun, revision: begun.base, outcome: "changed" }));
  if (written.fault.kind !== "conflict") return failed(failureOfStore(written.fault));
  return failed({ code: "conflict", service, message: `${service} or its rollout was changed by somebody else just now; nothing was changed here: look at "rollpin rollout status ${service}" and say it again` });
}
