import { type ApplyFault, describeApplyFault } from "../core/operations/apply-fault.ts";
import type { Counters } from "./counters.ts";
import type { Log } from "./log.ts";
import type { ApplyOutcome, Standing } from "./loop/loop-state.ts";
import { processSentence } from "./process-sentence.ts";
import type { ProcessEvent } from "./process/events.ts";

/** What became of an apply. */
export function logOutcome(log: Log, { change, elapsedMs, message, outcome }: ApplyOutcome): void {
  const fields = { event: outcome, version: change.to.version, from: change.from?.version, revision: change.revision, ms: Math.round(elapsedMs) };
  if (outcome === "applied" || outcome === "superseded") log.info(fields, message ?? "applied");
  // The disk is asked again and again; the standing says it, once.
  else if (outcome === "unwritable") log.debug(fields, message ?? outcome);
  else log.error(fields, message ?? outcome);
}

/** Only a new standing is an event. */
export function logStanding(log: Log, before: Standing, now: Standing): void {
  if (before.status === now.status && before.reason?.message === now.reason?.message) return;
  const fields = { event: "status", status: now.status, reason: now.reason?.code, revision: now.applied?.revision };
  const message = now.reason?.message ?? `${now.status}, running ${now.applied?.target.version ?? "nothing pinned"}`;
  if (now.status === "held" || now.status === "stalled" || now.status === "drifted") log.warn(fields, message);
  else log.info(fields, message);
}

export function logProcessEvent(log: Log, counters: Counters, onDiskFault: (message: string) => void, event: ProcessEvent): void {
  if (event.event === "record-unwritten" || event.event === "output-lost") return onDiskFault(event.message);
  if (event.event === "restarted") counters.processRestarts += 1;
  // The sentence stands in "message", where a field of that name would stand a second time.
  const { event: name, ...facts } = event;
  const fields = { event: `process-${name}`, ...facts, message: undefined };
  const isBad = name === "exited" || name === "crash-loop" || name === "announce-failed" || name === "port-taken" || name === "record-unreadable" || (name === "killed" && event.left.length > 0);
  if (isBad) log.warn(fields, processSentence(event));
  else log.info(fields, processSentence(event));
}

export function logApplyFault(log: Log, what: string, fault: ApplyFault): void {
  log.warn({ event: "consul-write", kind: fault.kind }, `${what}: ${describeApplyFault(fault)}`);
}

/** Where a head went back with it, the instance holds as `restored` by itself. */
export function logSetBack(log: Log, service: string, before: number, now: number): void {
  log.info({ event: "consul-set-back", before, now }, `Consul's index of what ${service} should run went back from ${before} to ${now}: a snapshot was restored, this is another Consul, or deleted keys were forgotten; everything was read again from its leader`);
}
