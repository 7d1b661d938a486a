import type { Mode } from "../../core/model/records.ts";
import type { DesiredState } from "../../core/model/desired.ts";
import type { RefusedPart } from "../../core/decide/effective.ts";
import type { OffGround } from "../../core/decide/schema/off.ts";
import type { Pacing } from "../pace/pacing.ts";
import type { Target } from "../appliers/applier.ts";

/** Why an instance does not do what its keys say; the code is for counting, the message for a person. */
export interface HoldReason {
  readonly code: string;
  readonly message: string;
}

/** The code of the first moments, in which Consul's answer is waited for. */
export const STARTING = "starting";

/** The target's version is that of a local pin (agent/local-pin), a person's word on this host; the rest is Consul's. */
export interface LocalWord {
  /** Consul doesn't answer. */
  readonly isCutOff: boolean;
}

/**
 * What this instance means to run, and on whose word.
 *
 *     unknown ──first reading──► consul ◄──────────────┐
 *        │                         │ Consul away       │ it answers again
 *        └─no answer, a last────► remembered ──────────┘
 *          known good on disk
 *
 * A hold never empties an intent: it goes on meaning what was accepted before, and says why it doesn't move.
 */
export type Intent =
  /** Consul hasn't answered and nothing is remembered: nothing is started, nothing is stopped. */
  | { readonly kind: "unknown"; readonly hold: HoldReason }
  | { readonly kind: "remembered"; readonly revision: number; readonly plan: string | undefined; readonly mode: Mode; readonly state: DesiredState; readonly target: Target; readonly digest: string; readonly hold: HoldReason | undefined; readonly local?: LocalWord | undefined }
  | {
      readonly kind: "consul";
      readonly revision: number;
      /** The plan that made it: tells two revisions of one number apart, once Consul was restored. */
      readonly plan: string | undefined;
      /** How far agents go for this service. */
      readonly mode: Mode;
      /** The revision that last asked this track to restart, 0 where none did. */
      readonly restartRevision: number;
      readonly state: DesiredState;
      readonly target: Target;
      /** Of what this track applies. */
      readonly digest: string;
      /** Versions that hands have left although the routes may name them, as the head tells. */
      readonly left?: readonly string[] | undefined;
      /** The operation that is at the service, as the head tells. */
      readonly operation?: string | undefined;
      /** Which versions can't read the service's data now; undefined where all may take traffic. */
      readonly off?: OffGround | undefined;
      /** Undefined where changes don't wait for each other. */
      readonly pacing?: Pacing | undefined;
      readonly refused: readonly RefusedPart[];
      readonly hold: HoldReason | undefined;
      readonly local?: LocalWord | undefined;
    };

export function isSameTarget(a: Target, b: Target): boolean {
  return a.version === b.version && a.config === b.config && a.routes === b.routes;
}
