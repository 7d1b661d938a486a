import { parseRecord } from "../../core/model/parse-record.ts";
import { type Actuation, actuatorSchema } from "../../core/model/records.ts";
import type { Entry } from "../../core/store/port.ts";
import type { Lead } from "./lead.ts";

export interface LeadFacts {
  /** What stands at the lock's key. */
  readonly entry: Entry | undefined;
  /** This agent's. */
  readonly session: string | undefined;
  /** What was seen last: a key that was deleted or overwritten by a hand doesn't make done work undone. */
  readonly seen: Actuation | undefined;
}

/** Whose the lead is: that agent's whose session holds the key, whatever its value says. */
export function determineLead({ entry, seen, session }: LeadFacts): Lead {
  const record = entry === undefined ? undefined : parseRecord(actuatorSchema, entry.key, entry.value);
  const readable = record?.ok === true ? record.value : undefined;
  const last = readable === undefined ? seen : readable.last;
  if (entry?.session === undefined) return { kind: "vacant", why: "the lead is free and being taken", denied: false, last };
  if (entry.session === session) return { kind: "own", last };
  return { kind: "other", leader: readable?.leader ?? "an agent that can't be named", last };
}
