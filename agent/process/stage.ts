import type { Ground } from "./ground.ts";
import type { Launch } from "./launch.ts";
import type { Live } from "./live.ts";
import type { Retirement } from "./retire.ts";
import type { Supervision } from "./supervise.ts";

/** What the steps of a switch are made with. */
export interface Stage {
  readonly ground: Ground;
  readonly retirement: Retirement;
  /** Supervises `launch`; `live` undefined starts it at once. */
  readonly supervise: (launch: Launch, live: Live | undefined) => Supervision;
}
