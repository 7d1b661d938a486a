import type { Announcer } from "./announcer.ts";
import type { ProcessDeps } from "./deps.ts";
import type { ProcessRecord } from "./process-record.ts";

/** What everything here stands on: the settings, this instance's folder, what is on disk about its processes. */
export interface Ground {
  readonly deps: ProcessDeps;
  /** Of this instance, inside the agent's state folder. */
  readonly folder: string;
  readonly record: ProcessRecord;
  readonly announcer: Announcer;
  /** Given to processes of this instance lately: a new one gets another, since clients may still hold the old one's. */
  readonly ports: Set<number>;
  /** The agent goes: nothing may keep it. Processes live on. */
  readonly closing: AbortSignal;
}
