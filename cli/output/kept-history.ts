import { KEPT_REVISIONS } from "../../core/model/kept-revisions.ts";
import type { Printable } from "./printable.ts";

export interface KeptHistory {
  /** Null where what stood there could not be read. */
  readonly before: number | null;
  readonly keep: number;
  readonly outcome: "planned" | "changed" | "unchanged";
}

export function keptPrintable(kept: KeptHistory): Printable {
  return { value: keptValue(kept), text: () => describeKept(kept) };
}

function keptValue(kept: KeptHistory) {
  return { kind: "kept-history", ...kept };
}

export function describeKept({ before, keep, outcome }: KeptHistory): string {
  if (outcome === "unchanged") return `${keep} revisions of each service are kept already: nothing to change`;
  const was = before === null ? "what stood there could not be read, so nothing was removed" : `${before} until now`;
  const goes = keep < (before ?? KEPT_REVISIONS) ? "; older ones go for good with the next plans of each service" : "";
  return outcome === "planned" ? `would keep ${keep} revisions of each service (${was})${goes}` : `${keep} revisions of each service are kept from now on (${was})${goes}`;
}
