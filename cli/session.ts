import type { Command } from "commander";
import type { Result } from "../core/model/result.ts";
import type { Store } from "../core/store/port.ts";
import type { Ending, Failure } from "./ending.ts";
import type { CommonFlags } from "./flags.ts";
import type { Screen } from "./output/screen.ts";
import type { World } from "./world.ts";

/** What one run of a verb works with. */
export interface Session {
  readonly world: World;
  readonly flags: CommonFlags;
  readonly signal: AbortSignal;
  /** How text for a person looks on each stream. */
  readonly out: Screen;
  readonly err: Screen;
  /** The whole program, every verb loaded: its grammar, to look at. */
  grammar(): Promise<Command>;
  /** Opened at the first call and closed when the verb ends. Bad usage where several datacentres were named: most verbs are about one. */
  store(): Promise<Result<Store, Failure>>;
  /** Of one of several datacentres, or of the Consul agent's own; it doesn't wait for what can't be reached. */
  readonly storeIn: (datacentre: string | undefined) => Promise<Result<Store, Failure>>;
}

/** Runs what a verb's command line asked for; commander's actions end in one call of it. */
export type Run = (act: (session: Session) => Promise<Ending>) => Promise<void>;
