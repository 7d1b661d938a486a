import type { Routes } from "../../model/routes.ts";
import type { CompiledRoutes } from "./compiled-routes.ts";
import type { RoutingFacts } from "./routing-facts.ts";

/** Joins a document with what lives now. Made anew when either changes; deciding then allocates nothing. */
export function compileRoutes(routes: Routes, facts: RoutingFacts): CompiledRoutes {
  throw new Error(`not made yet: ${facts.service} ${routes.none}`);
}
