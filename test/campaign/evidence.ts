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

export interface Request {
  readonly service: string;
  readonly atMs: number;
  /** Whether Consul told where to go just before. */
  readonly catalog: "fresh" | "stale";
  readonly failure?: string | undefined;
}

/** A time in which a fault explains that requests to the service fail. */
export interface Excuse {
  readonly service: string;
  readonly fromMs: number;
  readonly toMs: number;
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
