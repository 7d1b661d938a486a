import type { DesiredState, Part } from "./desired.ts";
import type { Freeze, Head, Mode, RevisionKind, Verdict } from "./records.ts";

/**
 * Everything one operation will change, decided from facts by pure functions in core/decide and applied by ONE function,
 * core/operations/apply.ts. A dry run prints this very value.
 */
export interface Plan {
  readonly kind: RevisionKind | "freeze" | "unfreeze" | "verdict" | "init";
  readonly services: readonly ServicePlan[];
  readonly checks: readonly Check[];
  /** What an operator should read besides, such as versions passed over, each with its reason. */
  readonly notes: readonly string[];
  /** The plan that an undo takes back. */
  readonly undoes?: string | undefined;
  /** What has to be migrated, in the order of services; absent where nothing is. */
  readonly migrations?: readonly Migration[] | undefined;
  /** SHA-256 over the sorted writes and the indexes that were read; no time, id, operator or reason in it. */
  readonly fingerprint: string;
}

/**
 * A service's data is taken from one schema to another. Step n leads from schema n - 1 up to n; down it is taken back.
 * Down happens before anything of the older release runs, up before anything of the newer one does.
 */
export interface Migration {
  readonly service: string;
  readonly from: number;
  readonly to: number;
  /** In the order in which they are taken: newest first where it goes down. */
  readonly steps: readonly number[];
  /** Versions that take no traffic meanwhile, since they can't read every schema on the way; absent where there are none. For people: no part of the fingerprint. */
  readonly off?: readonly string[] | undefined;
}

/** What changes for one service. */
export interface ServicePlan {
  readonly service: string;
  /** Why the service is in the plan. */
  readonly why: string;
  /** The head that was read; absent where the plan creates it. */
  readonly head?: { readonly value: Head; readonly modifyIndex: number } | undefined;
  readonly before: DesiredState;
  readonly after: DesiredState;
  /** Whether it gets a revision (and a history entry). Freezes and verdicts alone don't. */
  readonly recorded: boolean;
  /** Keys under `desired/` to rewrite, the head not among them. */
  readonly writes: readonly DesiredWrite[];
  readonly verdicts: readonly VerdictChange[];
  /** Only for kinds freeze and unfreeze; undefined leaves it, null ends it. */
  readonly freeze?: Omit<Freeze, "by" | "at"> | null | undefined;
  /** Ask instances to restart: of these tracks, or all. */
  readonly restart?: { readonly tracks?: readonly string[] | undefined } | undefined;
  /** The schema that its data is at from then on; undefined leaves what the head says. */
  readonly schema?: number | undefined;
  /** Versions that can't read that schema, and take no traffic where they still run; undefined leaves what the head says. */
  readonly off?: readonly string[] | undefined;
  /** How far agents go from then on; undefined leaves it. */
  readonly mode?: Mode | undefined;
  /** It goes back: a rollback, or the undo of a step forward. Nothing that goes back waits to be proven. */
  readonly back?: boolean | undefined;
  /** Desired keys whose index must still be what was read although they aren't written (adoption of hand flips). */
  readonly expects?: readonly { readonly part: Part; readonly modifyIndex: number | undefined }[] | undefined;
  /** Only for kinds restore and import: the revision that this one must be above, whatever the head says. */
  readonly above?: number | undefined;
  /** Only for kind import: versions that pins had left while the routes stayed as they were, where Consul no longer knows. */
  readonly left?: readonly string[] | undefined;
  /** Only for kinds restore and import: digests of what agents left under `remembered/`, which is settled by this plan. */
  readonly settles?: readonly string[] | undefined;
  readonly overrides: readonly string[];
  /** The revision whose state it goes back to, where a time or a revision was asked for. */
  readonly asOf?: number | undefined;
  /** What it touches, as seen when it was planned; for people, and no part of the fingerprint. Absent where nothing that runs is touched. */
  readonly blast?: BlastRadius | undefined;
}

export interface BlastRadius {
  /** Live instances that change. */
  readonly instances: number;
  /** All that live. */
  readonly of: number;
  /** The part of requests that these answer, 0 to 1; absent where no router says. */
  readonly traffic?: { /** By the router that sends them least. */ readonly least: number; readonly most: number; readonly routers: number } | undefined;
}

export interface DesiredWrite {
  readonly part: Part;
  /** undefined removes the key. */
  readonly text: string | undefined;
  /** The index that was read; undefined where the key wasn't there. */
  readonly modifyIndex: number | undefined;
}

export interface VerdictChange {
  readonly version: string;
  readonly before: Verdict | undefined;
  /** The verdict's key as read; undefined where it wasn't there. */
  readonly modifyIndex: number | undefined;
  /** `condemned` or `good` with a reason; undefined clears it. An undo puts back a whole former verdict. */
  readonly after: { readonly verdict: Verdict["verdict"]; readonly reason?: string | undefined } | Verdict | undefined;
}

/** One thing that was looked at before changing anything. */
export interface Check {
  readonly name: CheckName;
  readonly service: string;
  readonly result: "passed" | "warned" | "overridden" | "refused";
  /** The facts it rests on, for a person. */
  readonly detail: string;
}

export const checkNames = [
  "head",
  "registered",
  "condemned",
  "frozen",
  "restored",
  "artifact",
  "target",
  "requires",
  "schema",
  "hooks",
  "routes",
  "no-live-instance",
  "routers",
  "kept-history",
  "tree",
  "transaction-size",
  "operation",
] as const;
export type CheckName = (typeof checkNames)[number];

/** Why there is no plan. The kinds map one to one onto exit codes. */
export type Refusal =
  /** Bad usage or input: unknown service, malformed version. Exit 2. */
  | { readonly kind: "usage"; readonly message: string }
  /** A check refused; `plan` is what would have been done. Exit 3. */
  | { readonly kind: "refused"; readonly check: CheckName; readonly service: string; readonly message: string; readonly plan?: Plan | undefined }
  /** Someone else changed it. Exit 4. */
  | { readonly kind: "conflict"; readonly message: string }
  /** It is already so. Exit 0, no revision. */
  | { readonly kind: "nothing-to-change"; readonly message: string };
