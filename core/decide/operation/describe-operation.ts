import type { OperationRecord } from "../../model/operation.ts";
import type { Mark } from "../../model/records.ts";

/** Why a plan has to wait, and what to do. */
export function describeMark(service: string, { at, by, id, kind }: Mark): string {
  return `${service} is part of operation ${id} (${kind} by ${by} since ${at}): wait until it is done; if it was interrupted, "rollpin operation resume ${id}" finishes it and "rollpin operation abort ${id}" takes it back`;
}

/** `rollback of 200 services by ana@laptop`. */
export function describeOperation({ by, kind, services }: OperationRecord): string {
  const names = Object.keys(services);
  return `${kind} of ${names.length === 1 ? names[0] : `${names.length} services`} by ${by}`;
}

/** How far it has come. */
export function describeProgress({ marked, next, phase, services, steps }: OperationRecord): string {
  const all = Object.keys(services).length;
  switch (phase) {
    case "reserving":
      return `nothing is changed yet, ${marked} of ${all} services are marked`;
    case "running":
      return `${next} of ${steps.length} steps are done`;
    case "releasing":
      return `all ${steps.length} steps are done, ${marked} of ${all} marks are gone`;
    case "done":
      return "done";
    case "aborting":
      return next > 0 ? `being taken back, ${next} of ${steps.length} steps are left` : `taken back, ${marked} of ${all} marks are gone`;
    case "aborted":
      return "taken back";
  }
}
