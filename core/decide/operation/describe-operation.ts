import { firstFew } from "../../model/first-few.ts";
import type { OperationRecord } from "../../model/operation.ts";
import type { Mark } from "../../model/records.ts";

/** Why a plan has to wait, and what to do. */
export function describeMark(service: string, { at, by, id, kind }: Mark): string {
  return `${service} is part of operation ${id} (${kind} by ${by} since ${at}): wait until it is done; if it was interrupted, "rollpin operation resume ${id}" finishes it and "rollpin operation abort ${id}" takes it back`;
}

/** `rollback of 200 services by ana@laptop`, `pin of checkout in east, checkout in west by ana@laptop`. */
export function describeOperation({ by, datacentre, kind, services, steps }: OperationRecord): string {
  if (datacentre !== undefined) return `${kind} of ${firstFew(steps.map(({ about }) => about), 5)} by ${by}`;
  const names = Object.keys(services);
  return `${kind} of ${names.length === 1 ? names[0] : `${names.length} services`} by ${by}`;
}

/** `, checkout in west waits until it can be reached`. */
function describePutOff({ putOff = [], steps }: OperationRecord): string {
  const waiting = putOff.flatMap(({ step }) => steps[step]?.about ?? []);
  return waiting.length === 0 ? "" : `, ${firstFew(waiting, 5)} ${waiting.length === 1 ? "waits until it" : "wait until they"} can be reached`;
}

/** What a person says to go on with it, in a shell; at any agent, where it is kept in one datacentre of several. */
export function operationCommand(verb: "resume" | "abort", { datacentre, id }: Pick<OperationRecord, "datacentre" | "id">): string {
  return `"rollpin operation ${verb} ${id}${datacentre === undefined ? "" : ` --dc ${datacentre}`}"`;
}

/** What takes the whole of it back once it is done. */
export function describeWayBack({ id, kind }: Pick<OperationRecord, "id" | "kind">): string {
  if (kind === "freeze") return '"rollpin unfreeze" ends its freezes';
  return kind === "unfreeze" ? '"rollpin freeze" freezes again' : `"rollpin undo ${id}" takes it back`;
}

/** What is kept of an operation that was taken back. */
export function describeTakenBack({ kind, takenBack }: OperationRecord): string {
  if (takenBack !== undefined) return `history keeps that as ${takenBack.plan}`;
  return kind === "freeze" || kind === "unfreeze" ? "freezes are as they were before" : "nothing of it had been done";
}

/** How far it has come. */
export function describeProgress(record: OperationRecord): string {
  const { marked, next, phase, putOff = [], services, steps } = record;
  const all = Object.keys(services).length;
  switch (phase) {
    case "reserving":
      return `nothing is changed yet${all === 0 ? "" : `, ${marked} of ${all} services are marked`}`;
    case "running":
      return `${next - putOff.length} of ${steps.length} steps are done${describePutOff(record)}`;
    case "releasing":
      return `all ${steps.length} steps are done${all === 0 ? "" : `, ${marked} of ${all} marks are gone`}`;
    case "done":
      return "done";
    case "aborting":
      return next > 0 ? `being taken back, ${next} of ${steps.length} steps are left` : `taken back${all === 0 ? "" : `, ${marked} of ${all} marks are gone`}`;
    case "aborted":
      return "taken back";
  }
}
