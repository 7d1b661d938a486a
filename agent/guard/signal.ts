import type { Clock } from "../../core/clock.ts";
import type { JudgeSettings } from "../../core/config/policy-schema.ts";
import type { Reading, Suspect } from "../../core/model/reading.ts";
import type { Store } from "../../core/store/port.ts";
import type { Log } from "../log.ts";

export type { Reading, Suspect } from "../../core/model/reading.ts";

/** One way to learn whether a version is bad. One that a policy names is made for it, and closed when the policy changes. */
export interface Signal {
  /** Never rejects. A source that can't be asked or says nothing is `no-data`, with why. */
  read(suspect: Suspect, signal: AbortSignal): Promise<Reading>;
  close(): Promise<void>;
}

/** What a signal is made of, besides what the policy says of it and what its source in the agent's file is. */
export interface SignalDeps {
  readonly service: string;
  /** As the policy calls it. */
  readonly name: string;
  /** Of the policy: what counts as a difference. */
  readonly judge: JudgeSettings;
  readonly store: Store;
  readonly clock: Clock;
  /** 0 up to, not including, 1. */
  readonly random: () => number;
  readonly log: Log;
  /** Whether it may hold a connection to Consul to hear of news; else it is read at each look only. */
  readonly watches: boolean;
  /** A reading may have changed: the guard judges at once, and not at its next look. */
  readonly news: () => void;
}
