import type { Result } from "../../core/model/result.ts";
import type { DemoArguments } from "./arguments.ts";
import type { Paint } from "./chart.ts";
import type { DemoConsul } from "./consul.ts";
import type { Report } from "./report.ts";

export interface DemoPlace {
  /** A folder of this run alone; whoever made it removes it. */
  readonly folder: string;
  /** Of the repository. */
  readonly root: string;
  readonly argv: readonly string[];
  readonly process: NodeJS.Process;
  /** Ctrl-C. */
  readonly signal: AbortSignal;
}

export interface Prepared {
  readonly args: DemoArguments;
  readonly consul: DemoConsul;
  readonly rollpin: string;
  /** Of examples/demo. */
  readonly sources: string;
  /** A line on standard error. */
  readonly complain: (text: string) => void;
}

/** What came of a story, for a person. */
export type Told = (paint: Paint) => Report;

/** A story that a demo can tell. */
export interface Scenario {
  /** All that agents may register, by the name of the demo's service. */
  readonly instances: (service: string) => readonly string[];
  /** Starts what it needs besides Consul, and ends it, whatever happens. The fault is for a person. */
  play(place: DemoPlace, prepared: Prepared): Promise<Result<Told, string>>;
}
