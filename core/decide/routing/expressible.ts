import type { Routes } from "../../model/routes.ts";

/** What a router is, as far as what it can express goes. `tcp` passes bytes without reading them. */
export const routerKinds = ["proxy", "tcp", "haproxy", "nginx", "envoy", "catalog", "mesh"] as const;
export type RouterKind = (typeof routerKinds)[number];

/** What a document may ask of a router. */
type Feature = "rules" | "caller" | "cookie-match" | "sticky" | "same-users" | "failover-service" | "none-fail";

const NO_REQUEST = "it doesn't see requests";

/** Why a kind of router can't do something, by what it can't do. What isn't here it can. */
const LIMITS: Readonly<Record<RouterKind, Readonly<Partial<Record<Feature, string>>>>> = {
  proxy: {},
  tcp: { rules: NO_REQUEST, sticky: NO_REQUEST },
  haproxy: {},
  nginx: { "same-users": "it hashes with MurmurHash2: a share that grows only adds users, but they are others than the other routers'" },
  envoy: { "cookie-match": "its patterns look for any cookie of a name, where the last one counts", "same-users": "it hashes with xxHash64, from version 1.36 on: a share that grows only adds users, but they are others than the other routers'" },
  catalog: { rules: NO_REQUEST, sticky: NO_REQUEST, "failover-service": "whoever asks Consul for one service isn't sent to another", "none-fail": "clients go to whatever is there" },
  mesh: { caller: "a service-router doesn't see who calls", "cookie-match": "a service-router looks at headers as wholes, not into cookies", sticky: "its splitter draws each request anew", "none-fail": "a share can't go to nobody there" },
};

const ASKED: Readonly<Record<Feature, string>> = {
  rules: "rules",
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

function featuresOf({ failover, none, rules, sticky }: Routes): readonly Feature[] {
  const kinds = new Set(rules.flatMap(({ conditions }) => conditions.map(({ kind }) => kind)));
  const asked: readonly (readonly [Feature, boolean])[] = [
    ["rules", rules.length > 0],
    ["caller", kinds.has("caller")],
    ["cookie-match", kinds.has("cookie")],
    ["sticky", sticky !== undefined],
    ["same-users", sticky !== undefined],
    ["failover-service", failover?.to.kind === "service"],
    ["none-fail", none === "fail"],
  ];
  return asked.flatMap(([feature, isAsked]) => (isAsked ? [feature] : []));
}
