import type { Environment } from "./consul.ts";

export interface RouterEntry {
  /** Of examples/demo: the agent's file. */
  readonly file: string;
  /** What the router's entry in it has of its own. */
  readonly own: Readonly<Record<string, unknown>>;
}

export interface OpenedRouter {
  /** For a person. */
  readonly what: string;
  readonly entry: RouterEntry;
  readonly pids: readonly number[];
  /** When its agent has ended; more than once is no error. */
  stop(): Promise<void>;
}

export interface RouterWanted {
  readonly folder: string;
  /** Of examples/demo. */
  readonly sources: string;
  readonly env: Environment;
  readonly report: (line: string) => void;
  readonly signal: AbortSignal;
}
