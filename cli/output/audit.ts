import { type Finding, CONFIDENCE } from "../../core/decide/audit/determine-finding.ts";
import type { Suggestion } from "../../core/decide/audit/suggest-way-back.ts";
import type { CountedStep, PlacedCall, VersionCalls } from "../../core/decide/audit/tally-calls.ts";
import type { Revision } from "../../core/model/records.ts";
import type { RowsRead } from "../../core/operations/audit/read-rows.ts";
import { percent } from "./percent.ts";
import type { Printable } from "./printable.ts";
import { type Screen, visible } from "./screen.ts";
import { changesBetween, describeChange } from "./state-changes.ts";
import { table, wrap } from "./table.ts";
import { localTime, span } from "./times.ts";

export interface AuditFields {
  readonly service: string;
  readonly files: readonly string[];
  readonly read: RowsRead;
  readonly versions: readonly VersionCalls[];
  readonly finding: Finding;
  /** The change that came just before the first bad call. */
  readonly change: Revision | undefined;
  readonly suggestion: Suggestion;
}

/** Of operations and of calls below, so many are told. */
const MOST_STEPS = 5;

export function auditPrintable(fields: AuditFields): Printable {
  return { value: auditValue(fields), text: (screen) => auditText(fields, screen) };
}

function auditValue({ change, files, finding, read, service, suggestion, versions }: AuditFields) {
  const { command, ...why } = suggestion;
  return {
    kind: "audit-analysis",
    service,
    files,
    ...read,
    versions: versions.map(versionValue),
    finding: findingValue(finding),
    change: change === undefined ? null : { revision: change.revision, at: change.at, by: change.by, kind: change.kind, changes: changesBetween(change.before, change.after), ...(change.reason === undefined ? {} : { reason: change.reason }) },
    suggestion: { ...why, command: command ?? null },
  };
}

function versionValue({ below, calls, failures, first, firstBad, last, lastGood, operations, version }: VersionCalls) {
  return { version: version ?? null, calls, failures, first: callValue(first), last: callValue(last), lastGood: callValue(lastGood), firstBad: callValue(firstBad), operations: operations.slice(0, MOST_STEPS), below: below.slice(0, MOST_STEPS).map(stepValue) };
}

function callValue(call: PlacedCall | undefined) {
  if (call === undefined) return null;
  const { at, error, operation, place, trace } = call;
  return { at, operation, place, ...(trace === undefined ? {} : { trace }), ...(error === undefined ? {} : { error }) };
}

function stepValue({ failures, operation, service, version }: CountedStep) {
  return { service, version: version ?? null, operation, failures };
}

function findingValue(finding: Finding) {
  if (finding.kind === "nothing") return { kind: finding.kind };
  const suspect = finding.suspect.version ?? null;
  switch (finding.kind) {
    case "version":
      return { kind: finding.kind, suspect, better: finding.better.version ?? null, ...finding.contrast.bounds };
    case "change":
      return { kind: finding.kind, suspect, revision: finding.revision.revision, part: finding.part, ...finding.contrast.bounds };
    case "alike":
      return { kind: finding.kind, suspect, ...(finding.below === undefined ? {} : { below: stepValue(finding.below) }) };
    case "undecided":
      return { kind: finding.kind, suspect };
  }
}

function auditText(fields: AuditFields, screen: Screen): string {
  const { files, read, service, suggestion, versions } = fields;
  const calls = versions.reduce((sum, version) => sum + version.calls, 0);
  const lines = [
    `${service}: ${counted(calls, "call")} of ${counted(read.rows, "row")} in ${counted(files.length, "file")}`,
    ...badLines(read, screen),
    ...(versions.length === 0 ? [] : [table(["version", "calls", "failed", "first call", "last good", "first bad"], versions.map(versionRow))]),
    ...describeFinding(fields),
    ...(suggestion.command === undefined ? [`nothing to go back to: ${suggestion.why}`] : [`${suggestion.why}:`, `    ${screen.paint("bold", suggestion.command)}`]),
  ];
  return lines.map((line) => (line.includes("\n") || line.startsWith("    ") ? line : wrap(line, screen.columns, "  "))).join("\n");
}

function badLines({ bad, badLines: count }: RowsRead, screen: Screen): readonly string[] {
  if (count === 0) return [];
  const more = count > bad.length ? ` (and ${count - bad.length} more)` : "";
  return [screen.paint("yellow", `${counted(count, "line")} can't be read${more}:`), ...bad.map(({ place, why }) => visible(`  ${place}: ${why}`))];
}

function versionRow({ calls, failures, first, firstBad, lastGood, version }: VersionCalls): readonly string[] {
  const when = (call: PlacedCall | undefined): string => (call === undefined ? "-" : localTime(call.at));
  return [nameOf(version), String(calls), `${failures} (${percent(failures / calls)})`, when(first), when(lastGood), when(firstBad)];
}

function describeFinding({ change, finding, service }: AuditFields): readonly string[] {
  if (finding.kind === "nothing") return [];
  const { suspect } = finding;
  const [bad, good] = [suspect.firstBad, suspect.lastGood];
  return [
    headline(finding, service),
    ...(bad === undefined ? [] : [`first bad call: ${localTime(bad.at)} ${visible(bad.operation)} at ${visible(bad.place)}${bad.error === undefined ? "" : `: ${visible(bad.error)}`}`]),
    ...(good === undefined ? [] : [`last good call: ${localTime(good.at)} ${visible(good.operation)} at ${visible(good.place)}`]),
    ...(change === undefined ? ["no change of the service that history keeps came before it"] : [describeBefore(change, bad)]),
    ...suspect.operations.slice(0, MOST_STEPS).map(({ calls, failures, operation }) => `fails at ${visible(operation)}: ${failures} of ${calls}`),
    ...suspect.below.slice(0, MOST_STEPS).map((step) => `in the call to ${step.service} ${nameOf(step.version)}, ${visible(step.operation)}: ${step.failures}`),
  ];
}

function headline(finding: Exclude<Finding, { kind: "nothing" }>, service: string): string {
  const suspect = nameOf(finding.suspect.version);
  switch (finding.kind) {
    case "version":
      return `${suspect} fails more than ${nameOf(finding.better.version)}: ${shares(finding.contrast)}`;
    case "change":
      return `${suspect} fails more since revision ${finding.revision.revision} changed its ${finding.part}: ${shares(finding.contrast)}`;
    case "alike":
      return `${service} fails at ${suspect}, and no version and no change can be told from another`;
    case "undecided":
      return `some calls of ${suspect} fail, too few to blame a version or a change`;
  }
}

function shares({ better, bounds, worse }: Extract<Finding, { kind: "version" }>["contrast"]): string {
  return `${percent(worse.share)} of ${worse.requests} against ${percent(better.share)} of ${better.requests}, which is ${percent(bounds.least)} or more at ${percent(CONFIDENCE)}`;
}

function describeBefore(change: Revision, bad: PlacedCall | undefined): string {
  const what = changesBetween(change.before, change.after).map(describeChange).join("; ");
  const when = bad === undefined ? localTime(change.at) : `${span(bad.atMs - Date.parse(change.at))} before it`;
  return visible(`just before: revision ${change.revision}, ${change.kind} by ${change.by}, ${when}${what === "" ? "" : `: ${what}`}${change.reason === undefined ? "" : ` "${change.reason}"`}`);
}

function nameOf(version: string | undefined): string {
  return version === undefined ? "no version said" : visible(version);
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
