import { describeStoreFault } from "../../core/model/fault.ts";
import { type Result, err } from "../../core/model/result.ts";
import { isAway } from "../../core/operations/datacentres/is-away.ts";
import { keptRevisionsKey } from "../../core/store/keys.ts";
import type { Store } from "../../core/store/port.ts";
import type { Session } from "../session.ts";

/** The store of a datacentre that answers now; else why it can't be reached. */
export async function reach({ signal, storeIn }: Session, datacentre: string): Promise<Result<Store, string>> {
  const store = await storeIn(datacentre);
  if (!store.ok) return err(store.fault.message);
  const read = await store.value.get(keptRevisionsKey, { signal });
  return read.ok || !isAway(read.fault) ? store : err(`${datacentre} can't be reached: ${"cause" in read.fault ? read.fault.cause : describeStoreFault(read.fault)}`);
}
