import type { CompiledRoutes } from "../../core/decide/routing/compiled-routes.ts";
import type { RoutedInstance, RoutingFacts } from "../../core/decide/routing/routing-facts.ts";
import type { Routes } from "../../core/model/routes.ts";
import type { Upstream } from "../proxy/upstream.ts";

/** A passing instance, where it takes requests. */
export interface Place extends Upstream {
  readonly service: string;
  readonly instance: RoutedInstance;
}

/** What every router of one upstream goes by: its routes joined with what lives. */
export interface View {
  readonly routes: Routes;
  readonly compiled: CompiledRoutes;
  /** What it was compiled with. */
  readonly facts: RoutingFacts;
  /** Of the upstream, and of the service that takes over from it. */
  readonly places: readonly Place[];
  /** Of the desired state that it goes by. */
  readonly revision: number;
  readonly digest: string;
  /** Why it isn't what Consul's keys say, or what Consul shows. */
  readonly hold: { readonly code: string; readonly message: string } | undefined;
}

/** What a registration says of no version. */
export const NO_VERSION = "unknown";

/** Where no rule matches: what is served is counted from the last change of it. */
export function isSameSplit(before: View | undefined, now: View): boolean {
  return before !== undefined && splitOf(before) === splitOf(now);
}

function splitOf({ compiled: { split } }: View): string {
  return JSON.stringify(split.shares.map(({ destination, wanted }) => [destination, wanted]));
}
