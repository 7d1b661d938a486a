/** All that a deed of the guard is planned from: the service, who goes along, who sends its traffic, and what guards of its group did. */
import { determineCluster } from "../../decide/group/cluster.ts";
import type { Registry } from "../../decide/group/registry.ts";
import type { Chosen } from "../../decide/guard/choose-deed.ts";
import { rollbackRequest } from "../../decide/guard/plan-deed.ts";
import type { PlanContext } from "../../decide/plans/assemble-plan.ts";
import { type Together, determineTogether, mayMoveOthers, servicesLookedAt } from "../../decide/rollback/go-together.ts";
import type { ServiceFacts } from "../../model/facts.ts";
import type { Outcome } from "../../model/fault.ts";
import type { GuardState } from "../../model/guard-records.ts";
import type { Suspect } from "../../model/reading.ts";
import type { RollbackRequest } from "../../model/requests.ts";
import { ok } from "../../model/result.ts";
import { expectAsRead } from "../../store/as-read.ts";
import { guardStateKey } from "../../store/keys.ts";
import type { Operation, Store } from "../../store/port.ts";
import { gatherRegistry } from "../gather-registry.ts";
import { gatherTraffic } from "../gather-traffic.ts";
import { gatherFacts } from "../gather.ts";
import { readGuardState } from "./guard-state.ts";

export interface GatheredDeed {
  /** The suspect's service first. */
  readonly facts: readonly ServiceFacts[];
  readonly context: Omit<PlanContext, "now">;
  readonly group: readonly GuardState[];
  /** That those states are still these when the deed is done: two guards of one group can't both be within the brake. */
  readonly unmoved: readonly Operation[];
}

/** Of a larger group the brake counts the first so many, by name: a transaction holds no more. */
const MOST_GROUP = 20;

export async function gatherDeed(store: Store, own: ServiceFacts, suspect: Suspect, chosen: Chosen, signal: AbortSignal): Promise<Outcome<GatheredDeed>> {
  const request = chosen.deed === "rollback" ? rollbackRequest(suspect, chosen, "") : undefined;
  const registry = await gatherRegistry(store, { signal });
  // A token that may not see other services goes on with what it may see.
  if (!registry.ok && registry.fault.kind !== "denied") return registry;
  const seen = registry.ok ? registry.value : undefined;
  const group = await gatherGroup(store, own, seen, signal);
  if (!group.ok) return group;
  const moved = request === undefined || seen === undefined || !mayMoveOthers(request) ? ok({ facts: [own], together: undefined }) : await gatherMoved(store, own, request, seen, signal);
  if (!moved.ok) return moved;
  const traffic = chosen.deed === "shift" || chosen.deed === "failover" ? await gatherTraffic(store, own, { signal, failoverTo: chosen.deed === "failover" ? chosen.to : undefined }) : ok(undefined);
  if (!traffic.ok) return traffic;
  return ok({ facts: moved.value.facts, context: { together: moved.value.together, registry: seen, traffic: traffic.value === undefined ? undefined : new Map([[own.service, traffic.value]]) }, ...group.value });
}

async function gatherGroup(store: Store, { service }: ServiceFacts, registry: Registry | undefined, signal: AbortSignal): Promise<Outcome<Pick<GatheredDeed, "group" | "unmoved">>> {
  const others = registry === undefined ? [] : determineCluster(registry, [service]).filter((name) => name !== service).slice(0, MOST_GROUP);
  const group: GuardState[] = [];
  const unmoved: Operation[] = [];
  for (const other of others) {
    const read = await readGuardState(store, other, signal);
    if (!read.ok) return read;
    if (read.value !== undefined) group.push(read.value.value);
    unmoved.push(expectAsRead(guardStateKey(other), read.value?.modifyIndex));
  }
  return ok({ group, unmoved });
}

async function gatherMoved(store: Store, own: ServiceFacts, request: RollbackRequest, registry: Registry, signal: AbortSignal): Promise<Outcome<{ readonly facts: readonly ServiceFacts[]; readonly together: Together | undefined }>> {
  const looked = await gatherMore(store, [own], servicesLookedAt(request, registry), signal);
  if (!looked.ok) return looked;
  const together = determineTogether(looked.value, request, registry);
  const all = await gatherMore(store, looked.value, [...(together?.why.keys() ?? [])], signal);
  if (!all.ok) return all;
  return ok({ facts: all.value.filter(({ service }) => service === own.service || together?.why.has(service) === true), together });
}

async function gatherMore(store: Store, facts: readonly ServiceFacts[], services: readonly string[], signal: AbortSignal): Promise<Outcome<readonly ServiceFacts[]>> {
  const all = [...facts];
  for (const service of services.filter((name) => !facts.some((one) => one.service === name))) {
    const more = await gatherFacts(store, service, { signal });
    if (!more.ok) return more;
    all.push(more.value);
  }
  return ok(all);
}
