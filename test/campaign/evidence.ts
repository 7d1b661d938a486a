import type { InstanceRecord, Revision } from "../../core/model/records.ts";

/** A change that the CLI said it had committed. Times are of one monotonic clock, in ms. */
export interface Acknowledged {
  readonly plan: string;
  readonly services: readonly { readonly service: string; readonly revision: number }[];
  readonly startedMs: number;
  readonly endedMs: number;
}

/** An instance that a receipt called `applied`, and the revision that its record showed after that; absent where it can't be read. */
export interface Promised {
  readonly service: string;
  readonly instance: string;
  readonly revision: number;
  readonly shown?: number | undefined;
}

/** A try at one instance that was in vain. */
export interface FailedTry {
  readonly instance: string;
  readonly why: string;
  readonly fromMs: number;
  readonly toMs: number;
}

export interface Request {
  readonly service: string;
  readonly atMs: number;
  /** Whether Consul told where to go just before. */
  readonly catalog: "fresh" | "stale";
  /** Every try, where none was answered. */
  readonly failed?: readonly FailedTry[] | undefined;
}

/** From a process's end by our hand until the catalog shows its instance at a place that answers: so long it explains failed tries there. */
export interface Excuse {
  readonly instance: string;
  readonly fromMs: number;
  /** Infinite while that lasts. */
  toMs: number;
}

export interface Settled {
  readonly record: InstanceRecord;
  /** What the service is pinned to, and the head's revision. */
  readonly pin: string;
  readonly head: number;
  /** Below the instance's folder: the agent, and one of the service. */
  readonly processes: number;
  readonly answers: boolean;
}

/** What an operator said, and how it ended. */
export interface Command {
  readonly words: readonly string[];
  readonly code: number | null;
  readonly stderr: string;
}

/** All that is known after the last fault was mended and everything was quiet. */
export interface Evidence {
  readonly commands: readonly Command[];
  readonly acknowledged: readonly Acknowledged[];
  readonly histories: Readonly<Record<string, readonly Revision[]>>;
  readonly promised: readonly Promised[];
  readonly requests: readonly Request[];
  readonly excuses: readonly Excuse[];
  readonly settled: readonly Settled[];
}
