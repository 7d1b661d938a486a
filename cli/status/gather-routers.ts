import type { SeenRouter } from "../../core/model/facts.ts";
import type { StoreFault } from "../../core/model/fault.ts";
import { describeBadRecord } from "../../core/model/parse-record.ts";
import { type Result, ok } from "../../core/model/result.ts";
import { readRouters } from "../../core/operations/read-records.ts";
import type { Store } from "../../core/store/port.ts";
import type { Problem } from "./instance-problems.ts";

export interface SeenRouters {
  /** Of one service, by name. */
  of(service: string): readonly SeenRouter[];
  readonly problems: readonly Problem[];
}

/** One request for each folder. That there are none is nothing to be doubted: hardly a service has any. */
export async function gatherRouters(store: Store, folders: readonly string[], signal: AbortSignal): Promise<Result<SeenRouters, StoreFault>> {
  const routers: SeenRouter[] = [];
  const problems: Problem[] = [];
  for (const listed of await Promise.all(folders.map((folder) => store.list(folder, { signal })))) {
    if (!listed.ok) return listed;
    const { bad, good } = readRouters(listed.value.entries);
    routers.push(...good);
    problems.push(...bad.map((one): Problem => ({ kind: "unreadable", subject: one.key, message: `${store.prefix}/${describeBadRecord(one)}. Mend or delete it` })));
  }
  return ok({ of: (service) => routers.filter(({ record }) => record.service === service), problems });
}
