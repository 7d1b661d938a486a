import { RESTORED } from "../../core/decide/checks.ts";
import type { InstanceRecord } from "../../core/model/records.ts";
import type { ObservedVersion } from "../loop/determine-step.ts";
import type { Intent } from "../loop/intent.ts";
import type { Standing } from "../loop/loop-state.ts";
import type { ProcessObservation } from "../process/observation.ts";

/** What never changes while an agent lives. */
export interface Identity {
  readonly service: string;
  readonly instance: string;
  readonly track: string;
  readonly actuator: InstanceRecord["actuator"];
  readonly node: string | undefined;
  readonly address: string | undefined;
  readonly agent: InstanceRecord["agent"];
}

export interface RecordFacts {
  readonly standing: Standing;
  /** Without a local pin. */
  readonly intent: Intent;
  readonly process: ProcessObservation | undefined;
  readonly observed: ObservedVersion | undefined;
  readonly artifacts: readonly string[] | undefined;
  readonly traffic: InstanceRecord["traffic"];
  readonly clockOffsetMs: number | undefined;
}

/** A record stays small whatever a process printed. */
const LONGEST_MESSAGE = 2_048;

/** The record as it stands now; `at` is filled in when it is written. */
export function instanceRecord(identity: Identity, facts: RecordFacts): InstanceRecord {
  const { artifacts, clockOffsetMs, intent, process, standing, traffic } = facts;
  const { applied, reason, status } = standing;
  const { actuator, address, agent, instance, node, service, track } = identity;
  // Written out: a spread costs more than all the rest of it, and every change makes one.
  return {
    service,
    instance,
    track,
    actuator,
    address,
    node,
    agent,
    status,
    reason: reason === undefined ? undefined : { code: reason.code, message: reason.message.slice(0, LONGEST_MESSAGE) },
    restored: intent.hold?.code === RESTORED ? true : undefined,
    version: runningVersion(facts),
    revision: applied?.revision ?? 0,
    digest: applied?.digest,
    seen: intent.kind === "unknown" ? 0 : intent.revision,
    artifacts: artifacts === undefined ? undefined : [...artifacts],
    port: process?.port,
    pid: process?.pid,
    traffic,
    clockOffsetMs,
    at: "",
  };
}

/** What runs, not what should: the process's own version, an observer's finding, or what was applied last. */
function runningVersion({ observed, process, standing }: RecordFacts): string | undefined {
  if (process !== undefined) return process.state === "none" ? undefined : process.version;
  return observed === undefined ? standing.applied?.target.version : observed.version;
}
