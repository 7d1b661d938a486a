/** From what a verb asks for to its plan: facts are gathered, hands adopted, all of it decided. Nothing that runs is changed. */
import { withBlast } from "../core/decide/blast-radius.ts";
import { determineCurrent } from "../core/decide/current.ts";
import type { PlanContext } from "../core/decide/plans/assemble-plan.ts";
import type { TrafficFacts } from "../core/decide/routing/routing-facts.ts";
import type { ServiceFacts } from "../core/model/facts.ts";
import type { Plan, Refusal } from "../core/model/plan.ts";
import { type Result, err, ok } from "../core/model/result.ts";
import { adoptFlips } from "../core/operations/adopt-flips.ts";
import { checkHooks } from "../core/operations/check-hooks.ts";
import { consulTime } from "../core/store/consul-time.ts";
import type { Store } from "../core/store/port.ts";
import { failureOfApply } from "./apply-failure.ts";
import type { ChangeSpec } from "./change-spec.ts";
import { type Failure, failureOfStore } from "./ending.ts";
import type { GatheredGroup } from "./gather-group.ts";
import { gatherKnown } from "./gather.ts";
import type { Session } from "./session.ts";

export interface Prepared {
  readonly plan: Plan;
  /** What it was made from. */
  readonly facts: readonly ServiceFacts[];
}

export type Unprepared = { readonly kind: "refusal"; readonly refusal: Refusal } | { readonly kind: "failure"; readonly failure: Failure };

export async function prepare(session: Session, store: Store, spec: ChangeSpec): Promise<Result<Prepared, Unprepared>> {
  const facts = await gatherAndAdopt(session, store, spec);
  if (!facts.ok) return stopped(facts.fault);
  const group = await gatherGroupOf(session, store, facts.value, spec);
  if (!group.ok) return stopped(group.fault);
  const traffic = await gatherTrafficOf(session, store, group.value.facts, spec);
  if (!traffic.ok) return stopped(traffic.fault);
  const planned = spec.plan(group.value.facts, { now: consulTime(store, session.world.clock), traffic: traffic.value, together: group.value.together, registry: group.value.registry });
  const other = spec.compare?.(planned, group.value.facts);
  if (other !== undefined) return stopped(other);
  if (!planned.ok) return err({ kind: "refusal", refusal: planned.fault });
  const checked = await checkHooks(store, planned.value, { signal: session.signal });
  if (!checked.ok) return stopped(failureOfStore(checked.fault));
  if (!checked.value.ok) return err({ kind: "refusal", refusal: checked.value.fault });
  return ok({ plan: withBlast(checked.value.value, group.value.facts, traffic.value), facts: group.value.facts });
}

function stopped(failure: Failure): Result<never, Unprepared> {
  return err({ kind: "failure", failure });
}

/** Hand flips that no agent has written into history yet come first, so that history tells things in their order. A dry run writes nothing. */
async function gatherAndAdopt(session: Session, store: Store, { adopts = true, evenUnknown, services, history, flags }: ChangeSpec): Promise<Result<readonly ServiceFacts[], Failure>> {
  const { signal, world } = session;
  const facts = await gatherKnown(store, services, { signal, history, evenUnknown });
  if (!facts.ok || flags.dryRun === true || !adopts) return facts;
  const flipped = facts.value.filter((one) => one.head !== undefined && determineCurrent(one, store.prefix).flipped.length > 0);
  if (flipped.length === 0) return facts;
  for (const one of flipped) {
    const adopted = await adoptFlips(store, one, { now: world.clock.now(), planSuffix: world.planSuffix() }, { clock: world.clock });
    if (!adopted.ok) return err(failureOfApply(adopted.fault));
    if (adopted.value !== undefined) world.stderr.write(flags.yes === true && session.flags.output !== "table" ? "" : `note: ${one.service} was changed by hand; history has it now, as plan ${adopted.value.id}\n`);
  }
  return gatherKnown(store, services, { signal, history, evenUnknown });
}

async function gatherGroupOf(session: Session, store: Store, facts: readonly ServiceFacts[], spec: ChangeSpec): Promise<Result<GatheredGroup, Failure>> {
  if (spec.group === undefined) return ok({ facts, together: undefined, registry: undefined });
  const { gatherGroup } = await import("./gather-group.ts");
  return gatherGroup(session, store, facts, spec.group, (services) => gatherAndAdopt(session, store, { ...spec, services }));
}

async function gatherTrafficOf({ signal }: Session, store: Store, facts: readonly ServiceFacts[], { traffic }: ChangeSpec): Promise<Result<PlanContext["traffic"], Failure>> {
  if (traffic === undefined) return ok(undefined);
  const { gatherTraffic } = await import("../core/operations/gather-traffic.ts");
  const seen = new Map<string, TrafficFacts>();
  for (const [service, found] of await Promise.all(facts.map(async (one) => [one.service, await gatherTraffic(store, one, { signal, ...traffic })] as const))) {
    if (!found.ok && traffic.optional !== true) return err(failureOfStore(found.fault));
    if (found.ok && found.value !== undefined) seen.set(service, found.value);
  }
  return ok(seen);
}
