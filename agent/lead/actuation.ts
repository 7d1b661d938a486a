import type { Actuation } from "../../core/model/actuator-records.ts";
import type { Change } from "../appliers/applier.ts";

/** What the commands are to make true. */
export interface Wanted {
  readonly digest: string;
  readonly version: string | undefined;
  /** The revision that last asked for a restart, 0 where none did. */
  readonly restartRevision: number;
}

/** Whether it was begun for what is wanted now: a later restart asks for more. */
export function isFor(last: Actuation, { digest, restartRevision, version }: Wanted): boolean {
  return last.digest === digest && last.version === version && restartRevision <= last.generation;
}

/** Nothing is left to be done for what is wanted: it is done, a person is needed, or nothing is pinned. */
export function isSettled(last: Actuation | undefined, wanted: Wanted): boolean {
  if (wanted.version === undefined) return true;
  return last !== undefined && isFor(last, wanted) && (last.state === "done" || last.spent === true);
}

/** Whether the commands must be told to restart: it was asked for since they last ran, or a run that was to do it was cut off or failed. */
export function isRestart(last: Actuation | undefined, wanted: Wanted): boolean {
  if (last === undefined) return false;
  return wanted.restartRevision > last.generation || (isFor(last, wanted) && last.state !== "done" && last.restart === true);
}

/**
 * The next run, as it is written before it begins. A run that was cut off or failed is tried again under the next number,
 * whoever tries; what was done, or given up, starts anew with a later revision. One generation never has one number twice.
 */
export function nextActuation(last: Actuation | undefined, { digest, restart, revision, to }: Change, { at, by }: Pick<Actuation, "at" | "by">): Actuation {
  const isOpen = last !== undefined && last.state !== "done" && last.spent !== true && last.digest === digest && last.version === to.version && (last.restart === true) === restart;
  const continues = isOpen || last?.generation === revision;
  return { generation: revision, digest, version: to.version, restart: restart || undefined, attempt: continues ? last.attempt + 1 : 1, tries: isOpen ? last.tries + 1 : 1, state: "begun", by, at };
}

/** The same run, whatever became of it. */
export function isSameRun(a: Actuation | undefined, b: Actuation): boolean {
  return a !== undefined && a.by === b.by && a.generation === b.generation && a.attempt === b.attempt && a.digest === b.digest;
}
