import type { Release, Verdict } from "../../core/model/records.ts";
import type { Printable } from "./printable.ts";
import { type Screen, visible } from "./screen.ts";
import { table, wrap } from "./table.ts";
import { localTime } from "./times.ts";

export interface ReleaseStatus {
  readonly release: Release;
  readonly verdict: Verdict | undefined;
  /** Tracks that are held to it. */
  readonly pinned: readonly string[];
  /** Live instances that run it. */
  readonly running: number;
}

export function releasesPrintable(service: string, releases: readonly ReleaseStatus[], at: string): Printable {
  return { value: listValue(service, releases, at), text: (screen) => listText(service, releases, screen) };
}

function listValue(service: string, releases: readonly ReleaseStatus[], at: string) {
  return { kind: "releases", service, at, releases: releases.map(statusValue) };
}

function statusValue({ release, verdict, pinned, running }: ReleaseStatus) {
  return { ...release, verdict: verdict ?? null, pinned, running };
}

function listText(service: string, releases: readonly ReleaseStatus[], screen: Screen): string {
  if (releases.length === 0) return `${service} has no registered release: rollpin release register ${service} <version>`;
  const rows = releases.map(({ release, verdict, pinned, running }) => [
    visible(release.version),
    paintVerdict(verdict, screen),
    pinned.join(", ") || "-",
    String(running),
    visible((release.commit ?? "").slice(0, 12)) || "-",
  ]);
  return table(["VERSION", "VERDICT", "PINNED", "RUNNING", "COMMIT"], rows);
}

function paintVerdict(verdict: Verdict | undefined, screen: Screen): string {
  if (verdict === undefined) return "-";
  return screen.paint(verdict.verdict === "good" ? "green" : "red", verdict.verdict);
}

export function releasePrintable(service: string, status: ReleaseStatus): Printable {
  return { value: oneValue(service, status), text: (screen) => oneText(service, status, screen) };
}

function oneValue(service: string, status: ReleaseStatus) {
  return { kind: "release", service, release: statusValue(status) };
}

function oneText(service: string, { release, verdict, pinned, running }: ReleaseStatus, screen: Screen): string {
  const { version, requires = {}, labels = {}, schema, artifact, digest, commit } = release;
  const fields: readonly (readonly [string, string | undefined])[] = [
    ["artifact", artifact],
    ["digest", digest],
    ["commit", commit],
    ...Object.entries(requires).map(([other, range]) => ["requires", `${other} ${range}`] as const),
    ["schema", schema === undefined ? undefined : `reads ${schema.reads ?? "anything"}, writes ${schema.writes ?? "nothing"}`],
    ...Object.entries(labels).map(([label, value]) => ["label", `${label}=${value}`] as const),
    ["verdict", verdict === undefined ? "none yet" : `${verdict.verdict} by ${verdict.by} at ${localTime(verdict.at)}${verdict.reason === undefined ? "" : `: ${verdict.reason}`}`],
    ["pinned", pinned.join(", ") || "nowhere"],
    ["running", `${running} instance${running === 1 ? "" : "s"}`],
  ];
  const lines = fields.flatMap(([name, value]) => (value === undefined ? [] : [wrap(`  ${name.padEnd(9)} ${visible(value)}`, screen.columns, " ".repeat(12))]));
  return [screen.paint("bold", `${service} ${version}`), ...lines].join("\n");
}

export function registeredPrintable(service: string, release: Release, outcome: "created" | "same", at: string): Printable {
  return {
    value: registeredValue(service, release, outcome, at),
    text: () => (outcome === "created" ? `registered ${service} ${release.version}` : `${service} ${release.version} is registered already, with the same content`),
  };
}

function registeredValue(service: string, release: Release, outcome: "created" | "same", at: string) {
  return { kind: "registered", service, at, outcome, release };
}
