import { compileRoutes } from "../../core/decide/routing/compile-routes.ts";
import { type RoutedInstance, type RoutingFacts, routedInstance } from "../../core/decide/routing/routing-facts.ts";
import { digestOf } from "../../core/decide/digest.ts";
import type { DesiredState } from "../../core/model/desired.ts";
import type { Routes } from "../../core/model/routes.ts";
import type { CheckedEndpoint, Endpoint } from "../../core/store/port.ts";
import type { HoldReason } from "../loop/intent.ts";
import { keyAt } from "../proxy/upstream.ts";
import { NO_VERSION, type Place, type View } from "./view.ts";

export interface ViewFacts {
  readonly service: string;
  readonly revision: number;
  readonly state: DesiredState;
  readonly routes: Routes;
  readonly left: readonly string[];
  readonly instances: readonly CheckedEndpoint[];
  /** Passing instances of the service that failover names; undefined while nobody knows. */
  readonly failover: { readonly service: string; readonly endpoints: readonly Endpoint[] } | undefined;
  readonly hold: HoldReason | undefined;
}

/** Joins what is desired of an upstream with what the catalog shows of it. */
export function determineView({ failover, hold, instances, left, revision, routes, service, state }: ViewFacts): View {
  const seen = instances.map((endpoint) => ({ endpoint, instance: routedInstance(endpoint.meta, endpoint.passing) }));
  const facts: RoutingFacts = { service, pins: state.pins, left, instances: seen.map(({ instance }) => instance), failoverPassing: failover?.endpoints.length };
  const compiled = compileRoutes(routes, facts);
  const passing = seen.filter(({ instance }) => instance.passing).flatMap(({ endpoint, instance }) => placeOf(service, endpoint, instance));
  // Another service's versions would be taken for this one's: it answers under its name.
  const others = failover?.endpoints.flatMap((endpoint) => placeOf(failover.service, endpoint, routedInstance(endpoint.meta, true)).map((place) => ({ ...place, version: failover.service }))) ?? [];
  return { routes, compiled, facts, places: [...passing, ...others], revision, digest: digestOf(state), hold };
}

/** Nothing can be sent to what has no port. */
function placeOf(service: string, { address, port }: Endpoint, instance: RoutedInstance): readonly Place[] {
  return port === 0 ? [] : [{ service, host: address, port, key: keyAt(address, port), version: instance.version ?? NO_VERSION, instance }];
}
