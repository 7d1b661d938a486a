import type { Clock } from "../../core/clock.ts";
import { determineCurrent } from "../../core/decide/current.ts";
import type { ServiceFacts } from "../../core/model/facts.ts";
import { describeBadRecord } from "../../core/model/parse-record.ts";
import { type Result, err, ok } from "../../core/model/result.ts";
import { gatherFleet } from "../../core/operations/gather-fleet.ts";
import { consulTime } from "../../core/store/consul-time.ts";
import { routersFolder, routersRoot } from "../../core/store/keys.ts";
import type { Store } from "../../core/store/port.ts";
import { type Failure, failureOfStore } from "../ending.ts";
import { gatherKnown } from "../gather.ts";
import { type ServiceStatus, determineStatus } from "./determine-status.ts";
import { type SeenGuards, gatherGuards } from "./gather-guards.ts";
import { type SeenRouters, gatherRouters } from "./gather-routers.ts";
import type { Problem } from "./instance-problems.ts";

export interface FleetStatus {
  readonly services: readonly ServiceStatus[];
  /** What belongs to no service that is shown. */
  readonly problems: readonly Problem[];
}

export interface StatusOptions {
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

/** Of all services where none is named. */
export function gatherStatus(store: Store, services: readonly string[], options: StatusOptions): Promise<Result<FleetStatus, Failure>> {
  return services.length === 0 ? statusOfAll(store, options) : statusOfNamed(store, services, options);
}

async function statusOfNamed(store: Store, services: readonly string[], { signal, clock }: StatusOptions): Promise<Result<FleetStatus, Failure>> {
  const [facts, routers, guards] = await Promise.all([gatherKnown(store, services, { signal, history: 1 }), gatherRouters(store, services.map(routersFolder), signal), gatherGuards(store, services, signal)]);
  if (!facts.ok) return facts;
  if (!routers.ok) return err(failureOfStore(routers.fault));
  if (!guards.ok) return err(failureOfStore(guards.fault));
  const now = consulTime(store, clock);
  return ok({ services: facts.value.map((one) => statusOf(store, one, { routers: routers.value, guards: guards.value }, now)), problems: routers.value.problems });
}

function statusOf({ prefix }: Store, facts: ServiceFacts, { guards, routers }: { readonly routers: SeenRouters; readonly guards: SeenGuards }, now: number): ServiceStatus {
  const { service, head, instances, unreadable, history } = facts;
  return determineStatus({ service, prefix, head, instances, unreadable, routers: routers.of(service), guard: guards.get(service), newest: history[0], effective: determineCurrent(facts, prefix) }, now);
}

async function statusOfAll(store: Store, { signal, clock }: StatusOptions): Promise<Result<FleetStatus, Failure>> {
  const [fleet, routers, guards] = await Promise.all([gatherFleet(store, { signal }), gatherRouters(store, [routersRoot], signal), gatherGuards(store, [], signal)]);
  if (!fleet.ok) return err(failureOfStore(fleet.fault));
  if (!routers.ok) return err(failureOfStore(routers.fault));
  if (!guards.ok) return err(failureOfStore(guards.fault));
  const { prefix } = store;
  const now = consulTime(store, clock);
  const services = fleet.value.services.map((one) => determineStatus({ ...one, prefix, unreadable: [], routers: routers.value.of(one.service), guard: guards.value.get(one.service) }, now));
  const unreadable = fleet.value.unreadable.map((bad): Problem => ({ kind: "unreadable", subject: bad.key, message: `${prefix}/${describeBadRecord(bad)}. Mend or delete it` }));
  const strangers = fleet.value.strangers.map(
    (key): Problem => ({ kind: "stranger", subject: key, message: `${prefix}/${key} belongs to no service that is known: nobody obeys it. Register a release or start an agent of that service, or delete the key` }),
  );
  return ok({ services, problems: [...unreadable, ...routers.value.problems, ...strangers] });
}
