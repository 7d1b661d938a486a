import type { Tally } from "../../proxy/tally.ts";
import { NO_VERSION, type View } from "../view.ts";
import { authorityOf } from "../../../core/model/authority.ts";
import type { LogFollower } from "./follow-log.ts";

/** What instances have answered, by the log of the router that asked them. */
export interface AnswerCounter {
  /** Requests go by this view from now on; before it by the former one, whose instances may still have something in flight. */
  turn(view: View): void;
  count(): Promise<void>;
}

/** Without a log nothing is known. */
export function countAnswers(log: LogFollower | undefined, tally: Tally): AnswerCounter {
  let [former, current] = [new Map<string, string>(), new Map<string, string>()];
  return {
    turn(view) {
      former = current;
      current = new Map(view.places.map(({ host, port, version }) => [authorityOf(host, port), version]));
    },
    async count() {
      for (const { authority, status, times } of (await log?.read()) ?? []) {
        tally.answered(authority === undefined ? undefined : (current.get(authority) ?? former.get(authority) ?? NO_VERSION), status, times);
      }
    },
  };
}
