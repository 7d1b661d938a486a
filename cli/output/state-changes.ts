import { type DesiredState, type Part, isPinPart, partsOf, readPart, trackOfPart } from "../../core/model/desired.ts";
import { countChanges, lineChanges } from "./line-changes.ts";

/** One part that differs between two states. Absent: not set. */
export interface PartChange {
  readonly part: Part;
  readonly before?: string | undefined;
  readonly after?: string | undefined;
}

export function changesBetween(before: DesiredState, after: DesiredState): readonly PartChange[] {
  return partsOf(before, after)
    .map((part) => ({ part, before: readPart(before, part), after: readPart(after, part) }))
    .filter((change) => change.before !== change.after);
}

/** `pin 1.4.2 -> 2.0.0`, `canary pin …`, `config +3 -1 lines`. */
export function describeChange(change: PartChange): string {
  const { part, before, after } = change;
  if (isPinPart(part)) {
    const track = trackOfPart(part);
    return `${track === "stable" ? "pin" : `${track} pin`} ${before ?? "unset"} -> ${after ?? "unset"}`;
  }
  if (part === "pace") return `pace ${before ?? "unset"} -> ${after ?? "unset"}`;
  if (after === undefined) return `${part} removed`;
  return before === undefined ? `${part} set (${Buffer.byteLength(after)} bytes)` : `${part} ${countChanges(lineChanges(before, after))}`;
}
