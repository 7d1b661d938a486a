import type { CompiledRoutes } from "../../../core/decide/routing/compiled-routes.ts";
import { compileRoutes } from "../../../core/decide/routing/compile-routes.ts";
import { type Shares, shareOut } from "../../../core/decide/routing/share-out.ts";
import { withoutRequests } from "../../../core/decide/routing/without-requests.ts";
import { type CheckedEndpoint, NEUTRAL_WEIGHT } from "../../../core/store/port.ts";
import { routedInstance } from "../../../core/decide/routing/routing-facts.ts";
import type { DesiredState } from "../../../core/model/desired.ts";
import type { Routes } from "../../../core/model/routes.ts";
import type { HoldReason } from "../../loop/intent.ts";
import { type Decided, determineLoad } from "./determine-load.ts";

/** What the instance's own service has. */
export interface OwnRoutes {
  readonly state: DesiredState;
  readonly revision: number;
  /** The last that could be read; undefined where there are none, and nobody asks for more than another. */
  readonly routes: Routes | undefined;
  readonly left: readonly string[];
  readonly hold: HoldReason | undefined;
}

/** What a decision rests on. */
export interface CatalogView {
  readonly own: OwnRoutes;
  /** As the catalog shows them; undefined while nobody looks. */
  readonly instances: readonly CheckedEndpoint[] | undefined;
  /** Undefined where there are no routes, or nobody knows yet what lives. */
  readonly compiled: CompiledRoutes | undefined;
  readonly shares: Shares | undefined;
}

/** Compiled anew only where it is another than the one before. */
export function catalogView(service: string, own: OwnRoutes, instances: CatalogView["instances"], before?: CatalogView): CatalogView {
  if (before?.own === own && before.instances === instances) return before;
  if (own.routes === undefined || instances === undefined) return { own, instances, compiled: undefined, shares: undefined };
  const routed = instances.map((one) => routedInstance(one.meta, one.passing));
  const compiled = compileRoutes(withoutRequests(own.routes), { service, pins: own.state.pins, left: own.left, instances: routed, failoverPassing: undefined });
  return { own, instances, compiled, shares: shareOut(compiled.split, routed) };
}

/** Undefined: what is asked for stays as it is, since nobody knows yet what lives. */
export function decideBy({ instances = [], own: { routes }, shares }: CatalogView, own: { readonly id: string; readonly version: string; readonly track: string }, isOverdue: boolean): Decided | undefined {
  if (shares === undefined && routes !== undefined) return undefined;
  return determineLoad({ shares, own, instances, isOverdue });
}

/** Whether the others have to be looked at: routes want that, and so does what is left of them. */
export function isToBeWatched({ instances, own }: CatalogView, id: string): boolean {
  const shown = instances?.find((one) => one.id === id);
  return own.routes !== undefined || shown?.keptBack === true || (shown?.weight ?? NEUTRAL_WEIGHT) !== NEUTRAL_WEIGHT;
}
