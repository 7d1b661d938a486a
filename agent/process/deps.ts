import type { Clock } from "../../core/clock.ts";
import type { ProcessSettings } from "../../core/config/agent-file.ts";
import type { Result } from "../../core/model/result.ts";
import type { ProcessEvent } from "./events.ts";

/** Where clients find the process. `port` is undefined for a service that has none. */
export interface ServedAt {
  readonly version: string;
  readonly port: number | undefined;
}

/** Why clients could not be told. */
export interface Untold {
  readonly message: string;
  /** Consul doesn't answer: nothing is wrong with what was to be told, and it can be when Consul is back. */
  readonly isPassing: boolean;
}

export interface ProcessDeps {
  readonly settings: ProcessSettings;
  /** The config file's, for relative paths. */
  readonly folder: string;
  /** Folders into which a link in place of a version may lead; absolute. */
  readonly linksInto: readonly string[];
  readonly stateFolder: string;
  readonly service: string;
  readonly instance: string;
  readonly track: string;
  readonly clock: Clock;
  /** From 0 to below 1, for jitter. */
  readonly random: () => number;
  /** Makes the endpoint known (Consul's catalog). Called when a new process is ready, and after a restart on another port; must succeed before the old one goes. */
  readonly announce: (endpoint: ServedAt) => Promise<Result<void, Untold>>;
  /**
   * Waits until what clients still do with a former process has ended or its time is over, from the moment that they
   * are sent to another; or the signal fires.
   */
  readonly drained: (former: ServedAt, signal: AbortSignal) => Promise<void>;
  readonly log: (event: ProcessEvent) => void;
  /** Observed state changed: look again. */
  readonly onChange: () => void;
  /** What the service's process inherits, tokens of Consul and rollpin left out. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}
