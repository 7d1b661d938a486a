import type { InstanceRecord } from "./records.ts";
import type { RouterRecord } from "./router-records.ts";

/** The reason code of an instance that is at it right now: its own time limits end that. */
export const APPLYING = "applying";

/** Where one instance or router stands with a revision that it must apply. An expired session alone never counts as gone. */
export type Standing<R> =
  | { readonly kind: "applied"; readonly record: R }
  /** Live and not there yet: reconciling, or held or stalled with its reason. */
  | { readonly kind: "lagging"; readonly record: R; readonly why: string }
  /** Signed off: its record was removed by its own agent. */
  | { readonly kind: "left"; readonly name: string }
  /** Its session was lost: nobody knows what it runs. */
  | { readonly kind: "unknown"; readonly name: string; readonly lastSeen: string };
export type InstanceStanding = Standing<InstanceRecord>;
export type RouterStanding = Standing<RouterRecord>;

/** The proof of a change for one service: who must apply it, and who has. */
export interface ServiceReceipt {
  readonly service: string;
  readonly revision: number;
  /** By instance name, sorted. */
  readonly instances: Readonly<Record<string, InstanceStanding>>;
  /** By name, sorted: those that must serve it. */
  readonly routers: Readonly<Record<string, RouterStanding>>;
  /** Of the instances. */
  readonly applied: number;
  readonly lagging: number;
  readonly left: number;
  readonly unknown: number;
}

export interface Receipt {
  readonly plan: string;
  readonly services: readonly ServiceReceipt[];
  /** `complete`: all that must applied it. `standing`: nothing moves any more. `waiting`: things still move. */
  readonly state: "complete" | "standing" | "waiting";
  /** Milliseconds since the commit. */
  readonly elapsedMs: number;
}
