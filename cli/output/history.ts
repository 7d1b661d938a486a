import type { BadRecord } from "../../core/model/parse-record.ts";
import { describeBadRecord } from "../../core/model/parse-record.ts";
import type { Revision } from "../../core/model/records.ts";
import type { Printable } from "./printable.ts";
import { type Screen, visible } from "./screen.ts";
import { changesBetween, describeChange } from "./state-changes.ts";
import { wrap } from "./table.ts";
import { localTime } from "./times.ts";

/** Revisions, newest first. */
export function historyPrintable(service: string, revisions: readonly Revision[], unreadable: readonly BadRecord[]): Printable {
  return {
    // Thousands of them are worked out only where they are printed so.
    get value() {
      return { kind: "history", service, revisions: revisions.map(revisionValue), unreadable: unreadable.map(describeBadRecord) };
    },
    text: (screen) => historyText(service, revisions, unreadable, screen),
  };
}

/** A history entry as it is kept, and what changed in it. */
function revisionValue(entry: Revision) {
  return { ...entry, changes: changesBetween(entry.before, entry.after) };
}

function historyText(service: string, revisions: readonly Revision[], unreadable: readonly BadRecord[], screen: Screen): string {
  if (revisions.length === 0 && unreadable.length === 0) return `${service} has no revision yet: nothing was ever pinned or configured`;
  return [...revisions.map((entry) => revisionText(entry, screen)), ...unreadable.map((bad) => screen.paint("yellow", visible(describeBadRecord(bad))))].join("\n");
}

/** Two lines or more: who and when first, then what, so that 80 columns are enough for both. */
function revisionText(entry: Revision, screen: Screen): string {
  const { revision, at, by, kind, plan, reason, undoes } = entry;
  const head = `${screen.paint("bold", `#${revision}`)}  ${localTime(at)}  ${screen.paint("cyan", kind)}  by ${visible(by)}  ${screen.paint("dim", visible(plan))}`;
  const details = [
    ...(undoes === undefined ? [] : [`undoes ${undoes}`]),
    ...changesBetween(entry.before, entry.after).map(describeChange),
    ...(entry.verdicts ?? []).map(({ version, after }) => (after === undefined ? `verdict on ${version} cleared` : `${version} ${after.verdict}`)),
    ...(entry.kind === "restart" ? [`restarted ${entry.tracks?.join(", ") ?? "every track"}`] : []),
    ...groupOf(entry),
    ...(entry.overrides.length === 0 ? [] : [`went past: ${entry.overrides.join(", ")}`]),
  ];
  const lines = [...(details.length === 0 ? [] : [details.join("; ")]), ...(reason === undefined ? [] : [`"${reason}"`])];
  return [head, ...lines.map((line) => wrap(`    ${visible(line)}`, screen.columns, "    "))].join("\n");
}

function groupOf({ services }: Revision): readonly string[] {
  const names = Object.keys(services);
  return names.length < 2 ? [] : [`with ${names.length - 1} other service${names.length === 2 ? "" : "s"} in one plan`];
}
