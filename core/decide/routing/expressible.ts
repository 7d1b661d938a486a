import type { Routes, Split } from "../../model/routes.ts";

/** What a router is, as far as what it can express goes. `tcp` passes bytes without reading them; `mesh-tcp` is the mesh where Consul takes a service to speak no HTTP. */
export const routerKinds = ["proxy", "tcp", "haproxy", "nginx", "envoy", "catalog", "mesh", "mesh-tcp"] as const;
export type RouterKind = (typeof routerKinds)[number];

/** What a document may ask of a router. */
type Feature = "shares" | "rules" | "rule-shares" | "caller" | "cookie-match" | "sticky" | "same-users" | "failover-service" | "none-fail";

const NO_REQUEST = "it doesn't see requests";
const NO_HTTP = "Consul splits and routes HTTP only, and takes this service to speak something else";

/** Why a kind of router can't do something, by what it can't do. What isn't here it can. */
const LIMITS: Readonly<Record<RouterKind, Readonly<Partial<Record<Feature, string>>>>> = {
  proxy: {},
  tcp: { rules: NO_REQUEST, sticky: NO_REQUEST },
  haproxy: {},
  nginx: { "same-users": "it hashes with MurmurHash2: a share that grows only adds users, but they are others than the other routers'" },
  envoy: { "cookie-match": "its patterns look for any cookie of a name, where the last one counts", "same-users": "it hashes with xxHash64, from version 1.36 on: a share that grows only adds users, but they are others than the other routers'" },
  catalog: { rules: NO_REQUEST, sticky: NO_REQUEST, "failover-service": "whoever asks Consul for one service isn't sent to another", "none-fail": "clients go to whatever is there" },
  mesh: { caller: "a service-router doesn't see who calls", "cookie-match": "a service-router looks at headers as wholes, not into cookies", sticky: "its splitter draws each request anew", "rule-shares": "a route of a service-router goes one way, so such a rule gives all to its largest share" },
  "mesh-tcp": { shares: NO_HTTP, rules: NO_HTTP, sticky: NO_REQUEST, "none-fail": NO_HTTP },
};

const ASKED: Readonly<Record<Feature, string>> = {
  shares: "a split over several",
  rules: "rules",
  "rule-shares": "a rule over several shares",
  caller: "rules by calling service",
  "cookie-match": "rules by cookie",
  sticky: "sticky",
  "same-users": "sticky",
  "failover-service": "failover to another service",
  "none-fail": "none: fail",
};

/** One sentence for each thing in the document that such a router can't do. */
export function determineInexpressible(routes: Routes, kind: RouterKind): readonly string[] {
  const limits = LIMITS[kind];
  return featuresOf(routes).flatMap((feature) => {
    const why = limits[feature];
    return why === undefined ? [] : [`${kind} can't do "${ASKED[feature]}": ${why}`];
  });
}

function featuresOf({ failover, none, rules, split, sticky }: Routes): readonly Feature[] {
  const kinds = new Set(rules.flatMap(({ conditions }) => conditions.map(({ kind }) => kind)));
  const asked: readonly (readonly [Feature, boolean])[] = [
    ["shares", isShared(split)],
    ["rules", rules.length > 0],
    ["rule-shares", rules.some((rule) => isShared(rule.split))],
    ["caller", kinds.has("caller")],
    ["cookie-match", kinds.has("cookie")],
    ["sticky", sticky !== undefined],
    ["same-users", sticky !== undefined],
    ["failover-service", failover?.to.kind === "service"],
    ["none-fail", none === "fail"],
  ];
  return asked.flatMap(([feature, isAsked]) => (isAsked ? [feature] : []));
}

function isShared(split: Split | undefined): boolean {
  return split !== undefined && split.filter(({ weight }) => weight > 0).length > 1;
}
