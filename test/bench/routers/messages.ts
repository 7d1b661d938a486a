/** Between the parent, which plays the operator, and the processes that hold routers and clients. */

/** Each is a real router of a real agent. Another kind is one line here and one way to open it, in open-router.ts or open-consul-routers.ts. */
export const carryingKinds = ["proxy", "haproxy", "nginx"] as const;
export const consulKinds = ["catalog", "mesh"] as const;
export const routerKinds = [...carryingKinds, ...consulKinds] as const;
/** Requests go through them. */
export type CarryingRouterKind = (typeof carryingKinds)[number];
/** Consul is told, and others ask it. */
export type ConsulRouterKind = (typeof consulKinds)[number];
export type RouterKind = CarryingRouterKind | ConsulRouterKind;

export function isConsulKind(kind: RouterKind): kind is ConsulRouterKind {
  return consulKinds.some((each) => each === kind);
}

/** Of the instances that the catalog shows: each track has a version that stays. */
export const TRACKS = ["stable", "canary"] as const;

/** What clients ask: a router's port, or Consul. */
export type Place =
  | { readonly answers: "requests"; readonly port: number }
  | { readonly answers: "catalog" | "chain"; readonly port: number; readonly path: string }
  /** `catalog`: where it is told which port has which version. */
  | { readonly answers: "dns"; readonly port: number; readonly name: string; readonly catalog: { readonly port: number; readonly path: string } };

export const upstreamOf = (kind: string): string => `bench-${kind}`;

/** The parent's first word to the process that holds the routers of one kind; it answers with the places to ask when all go by the routes. */
export interface StartRouters {
  readonly kind: RouterKind;
  /** Consul's. */
  readonly address: string;
  readonly dnsPort: number;
  readonly count: number;
  /** For what agents keep on disk. */
  readonly folder: string;
}

/**
 * What the parent tells the process that holds the clients. Each is answered once it is so:
 * - `begin`: all of these are asked at a steady rate, and each has answered by `version`
 * - `turned`: a plan that takes all to `version` was begun at `at`, and each router has answered by it for a while: `Turned`
 * - `end`: nobody asks any more
 */
export type ToClients =
  | { readonly word: "begin"; readonly places: readonly Place[]; readonly version: string }
  | { readonly word: "turned"; readonly at: number; readonly version: string }
  | { readonly word: "end" };

/** Milliseconds of CLOCK_MONOTONIC. */
export interface Turned {
  /** By router: when it answered last by another version a request that had been begun after `at`. */
  readonly lastOldAt: readonly number[];
  readonly failures: number;
}
