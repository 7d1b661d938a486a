import type { CampaignAgent, World } from "../world.ts";

export interface Target {
  readonly world: World;
  readonly agent: CampaignAgent;
  /** SIGKILL to the operator's command. */
  readonly killCli: () => void;
}

/** Does one kind of harm, and mends it. */
export interface Nemesis {
  inflict(target: Target): Promise<void> | void;
  heal(target: Target): Promise<void> | void;
}
