import type { Result } from "../../core/model/result.ts";

/** What an instance should be running. */
export interface Target {
  /** Undefined: nothing is pinned and the local file names no version. */
  readonly version: string | undefined;
  readonly config: string | undefined;
  readonly routes: string | undefined;
}

/** One step from what was last applied to what should be. */
export interface Change {
  readonly service: string;
  readonly instance: string;
  readonly track: string;
  readonly revision: number;
  /** Digest of what this track should be (core/decide/digest.ts). */
  readonly digest: string;
  /** What was last applied, undefined at the first start without a last known good. */
  readonly from: Target | undefined;
  readonly to: Target;
  /** A restart was asked for: do it although from and to may be the same. */
  readonly restart: boolean;
  /** A person on this host wants it while Consul is away: clients can't be told of another place. */
  readonly isCutOff?: true | undefined;
  /** Where one agent acts for the whole service: the revision it was begun for, and how often it was begun, this time included. */
  readonly generation?: number;
  readonly attempt?: number;
}

export interface ApplierFault {
  readonly applier: string;
  /**
   * `refused`: nothing was touched. `failed`: tried, and put back what it had changed. `superseded`: the signal fired
   * and it put back what it had changed. `unannounced`: put back, since clients can't be told while Consul is away; the
   * target may be as good as any. `unwritable`: nothing was touched, since the disk doesn't take what must be on it first;
   * no fault of the target's either. `broken`: tried, and could not be put back; a person is needed.
   */
  readonly kind: "refused" | "failed" | "superseded" | "unannounced" | "unwritable" | "broken";
  /** What happened, to what, and what to do next. */
  readonly message: string;
}

export type Applied = Result<void, ApplierFault>;

/**
 * What a change does to what serves now. `nothing`: it is there already, or nothing serves. `beside`: the new comes up
 * while the old serves. `in-place`: the old goes first, or nobody can tell.
 */
export type Disturbance = "nothing" | "beside" | "in-place";

/**
 * One way to make a change true. Appliers run in the order of the agent's file; each is checked, applied and verified
 * before the next; when a later one fails, those already applied are undone in reverse; when all are verified, each settles.
 * Nothing here is called twice at once. The signal means "a newer target arrived or the agent stops": stop waiting, put
 * back what was changed, answer `superseded`.
 */
export interface Applier {
  readonly name: string;
  /** It tells by itself when what it applied stops being true, so it isn't verified now and then. */
  readonly watchesItself?: true;
  /** Asked before a change that may have to wait for its turn; where it is absent, targets are compared. */
  disturbs?(change: Change): Disturbance;
  /** Looks whether the change is possible. Touches nothing. */
  check(change: Change, signal: AbortSignal): Promise<Applied>;
  /** Makes `change.to` true. Already being there is success. On any fault it has itself put back what it changed. */
  apply(change: Change, signal: AbortSignal): Promise<Applied>;
  /** Looks whether `change.to` is true now. */
  verify(change: Change, signal: AbortSignal): Promise<Applied>;
  /**
   * Takes back an `apply` that succeeded, because its `verify` or a later applier failed. Never aborted. Where `why` is
   * `superseded` nothing is wrong with it: what serves, and has no predecessor to serve instead, may stay for the newer target to replace.
   */
  undo(change: Change, why: ApplierFault["kind"]): Promise<Applied>;
  /** All appliers succeeded: what was kept for `undo` may go. Returns soon: the old process is drained and stopped in the background. */
  settle(change: Change): Promise<void>;
  /** `exit`: the agent goes; what was started stays or stops as its settings say. `reload`: what was started stays, for the next applier to find. */
  close(why: "exit" | "reload"): Promise<void>;
}
