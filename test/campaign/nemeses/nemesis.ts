import type { Fault } from "../schedule.ts";
import type { CampaignAgent, World } from "../world.ts";

export interface Target {
  readonly world: World;
  readonly agent: CampaignAgent;
  readonly fault: Fault;
  /** SIGKILL to the operator's command. */
  readonly killCli: () => void;
}

/** Mends what was done, as an operator would. */
export type Mend = () => Promise<void> | void;

/** Does one kind of harm. */
export type Nemesis = (target: Target) => Promise<Mend> | Mend;

/** Where there is nothing to mend, or others do it. */
export const NOTHING: Mend = () => undefined;
