import type { Routes } from "../../model/routes.ts";

/** What is left of a document for who sees no requests, sends to one service only and can't refuse (core/decide/routing/expressible.ts says what isn't). */
export function withoutRequests({ enough, failover, split }: Routes): Routes {
  return { split, rules: [], sticky: undefined, failover: failover?.to.kind === "track" ? failover : undefined, none: "hold", enough };
}
