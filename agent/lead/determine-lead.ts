import { parseRecord } from "../../core/model/parse-record.ts";
import { type Actuation, actuatorSchema } from "../../core/model/actuator-records.ts";
import type { Entry } from "../../core/store/port.ts";
import { determineHolder } from "./holder.ts";
import type { Lead } from "./lead.ts";

export interface LeadFacts {
  /** What stands at the lock's key. */
  readonly entry: Entry | undefined;
  /** This agent's. */
  readonly session: string | undefined;
  /** What was seen last: a key that was deleted or overwritten by a hand doesn't make done work undone. */
  readonly seen: Actuation | undefined;
}

export function determineLead({ entry, seen, session }: LeadFacts): Lead {
  const record = entry === undefined ? undefined : parseRecord(actuatorSchema, entry.key, entry.value);
  const readable = record?.ok === true ? record.value : undefined;
  return { ...determineHolder(entry, session, readable?.leader), last: readable === undefined ? seen : readable.last };
}
