import type { RouterRecord } from "../../core/model/router-records.ts";
import { routerKey } from "../../core/store/keys.ts";
import type { Log } from "../log.ts";
import type { RecordWriter } from "../presence/record-writer.ts";

/** A router's record without the time, which is told when it is written. */
export type UntimedRecord = Omit<RouterRecord, "at">;

export interface RecordHolder {
  holdRecord(key: string, onTaken: (isTaken: boolean) => void): Pick<RecordWriter<UntimedRecord>, "hold" | "remove" | "report" | "run">;
}

/** Of the router that goes by that name, of all that serve the upstream. */
export function holdRouterRecord(holder: RecordHolder, upstream: string, router: string, log: Log): ReturnType<RecordHolder["holdRecord"]> {
  return holder.holdRecord(routerKey(upstream, router), (isTaken) => {
    if (isTaken) log.error({ event: "router-name-taken", upstream, router }, `another agent that lives reports as router ${router} of ${upstream}: what this one serves is in no receipt. Give one of them another "name"`);
  });
}
