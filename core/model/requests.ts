import type { Mode } from "./records.ts";

/** What an operator (or an agent that noticed a hand flip) asks for. Plans answer requests: core/decide/plans. */

export interface PinRequest {
  readonly service: string;
  readonly track: string;
  readonly version: string;
  readonly override: boolean;
  /** Whether data may be migrated for it. */
  readonly withSchema?: boolean | undefined;
}

export interface UnpinRequest {
  readonly service: string;
  readonly track: string;
  readonly override: boolean;
}

export interface ConfigRequest {
  readonly service: string;
  /** Undefined removes the config. */
  readonly text?: string | undefined;
  readonly override: boolean;
}

export interface RoutesRequest {
  readonly service: string;
  /** Undefined removes the routes. */
  readonly text?: string | undefined;
  readonly override: boolean;
}

export interface ShiftRequest {
  readonly service: string;
  /** Undefined: all back to the pin. */
  readonly to?: { readonly name: string; /** 0 to 100. */ readonly percentage: number } | undefined;
  /** It leads away from trouble, and passes a freeze of scope `forward`. */
  readonly away?: boolean | undefined;
  readonly override: boolean;
}

export interface FailoverRequest {
  readonly service: string;
  /** `failback` where it isn't. */
  readonly active: boolean;
  /** Another service or `track:<name>`; as the routes say where undefined. */
  readonly to?: string | undefined;
  readonly override: boolean;
}

export interface PaceRequest {
  readonly service: string;
  readonly pace: string;
  readonly override: boolean;
}

export type RollbackTarget =
  /** Back to the last release that may be trusted; to this one of them, where what others require decided. */
  | { readonly kind: "default"; readonly version?: string | undefined }
  /** A registered version, else a semver range. */
  | { readonly kind: "version"; readonly text: string }
  | { readonly kind: "track"; readonly track: string }
  | { readonly kind: "steps"; readonly steps: number }
  /** `at` in milliseconds since the epoch. `whole`: every track, not only the request's; `prune`: what did not exist then goes. */
  | { readonly kind: "at"; readonly at: number; readonly whole?: boolean | undefined; readonly prune?: boolean | undefined }
  | { readonly kind: "revision"; readonly revision: number };

/**
 * How far a rollback goes when a service can't go back alone. `minimal`: as few services as there have to be. `maximal`: the
 * whole cluster, to its last state in which all were good together. `best`: what may be trusted most.
 */
export const strategies = ["minimal", "maximal", "best"] as const;
export type Strategy = (typeof strategies)[number];

export interface RollbackRequest {
  readonly services: readonly string[];
  readonly track: string;
  readonly target: RollbackTarget;
  /** Undefined: pin, config and routes together. */
  readonly only?: "pin" | "config" | "routes" | undefined;
  /** False with --no-condemn. */
  readonly condemn: boolean;
  readonly override: boolean;
  /** Stands in the verdict. */
  readonly reason?: string | undefined;
  /** Whether data may be migrated, so that a release that doesn't read today's schema can be gone to. */
  readonly withSchema?: boolean | undefined;
  /** `best` unless given. */
  readonly strategy?: Strategy | undefined;
}

export interface UndoRequest {
  /** A plan's id, with or without its random end; resolved from a service's name by the caller. */
  readonly plan: string;
  readonly override: boolean;
  /** Whether data may be migrated for it. */
  readonly withSchema?: boolean | undefined;
}

export interface RestoreRequest {
  /** `accept`: Consul's state is right. `reassert`: what the agents run is. */
  readonly choice: "accept" | "reassert";
  /** Reassert what was applied as this revision; the newest unless given. */
  readonly revision: number | undefined;
}

export interface ImportRequest {
  /** Take away what the tree doesn't have. */
  readonly prune: boolean;
  /** The tree is of a commit that a person named: it may well be an old one. */
  readonly isCommit: boolean;
  readonly override: boolean;
}

export interface ModeRequest {
  readonly mode: Mode;
  readonly override: boolean;
}

/** Take a service in as it runs. */
export interface AdoptRequest {
  readonly service: string;
  readonly track: string;
  /** The versions that Consul's catalog shows, most instances first. */
  readonly running: readonly RunningVersion[];
  /** Instances whose version can't be told from the catalog. */
  readonly unreadable: readonly string[];
  /** What to pin, where a person says so. */
  readonly version: string | undefined;
}

export interface RunningVersion {
  readonly version: string;
  readonly instances: readonly string[];
}

export interface RestartRequest {
  readonly services: readonly string[];
  /** Undefined: every track. */
  readonly track?: string | undefined;
  readonly override: boolean;
}

/** What was asked for, as a plan that was printed keeps it: made again from new facts, it is the same plan or something moved since. */
export type Asked =
  | ({ readonly verb: "pin" } & PinRequest & Reason)
  | ({ readonly verb: "unpin" } & UnpinRequest & Reason)
  | ({ readonly verb: "config" } & ConfigRequest & Reason)
  | ({ readonly verb: "pace" } & PaceRequest & Reason)
  | ({ readonly verb: "routes" } & RoutesRequest & Reason)
  | ({ readonly verb: "shift" } & ShiftRequest & Reason)
  | ({ readonly verb: "failover" } & FailoverRequest & Reason)
  | ({ readonly verb: "rollback" } & RollbackRequest & Reason)
  | ({ readonly verb: "restart" } & RestartRequest & Reason);

/** Those that were named. */
export function servicesAsked(asked: Asked): readonly string[] {
  return "services" in asked ? asked.services : [asked.service];
}

interface Reason {
  readonly reason?: string | undefined;
}

export interface FreezeRequest {
  readonly services: readonly string[];
  readonly scope: "forward" | "all";
  /** ISO time; undefined: until somebody unfreezes. */
  readonly until: string | undefined;
  readonly reason: string | undefined;
}

export interface UnfreezeRequest {
  readonly services: readonly string[];
}

export interface VerdictRequest {
  readonly service: string;
  readonly version: string;
  /** Undefined clears. */
  readonly verdict: "good" | "condemned" | undefined;
  readonly reason: string | undefined;
  readonly override: boolean;
}
