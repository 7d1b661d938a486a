import { firstFew } from "../../core/model/first-few.ts";
import type { FleetStatus } from "../status/gather-status.ts";
import type { ServiceStatus, TrackStatus } from "../status/determine-status.ts";
import type { Problem } from "../status/instance-problems.ts";
import { guardLines } from "./guard.ts";
import { paceLine } from "./pace.ts";
import { routerLines } from "./router-lines.ts";
import type { Printable } from "./printable.ts";
import { type Screen, visible, widthOf } from "./screen.ts";
import { wrap, wrapLines } from "./table.ts";
import { age, localTime } from "./times.ts";

export function statusPrintable(status: FleetStatus, at: string): Printable {
  return { value: statusValue(status, at), text: (screen) => statusText(status, screen) };
}

function statusValue({ services, problems }: FleetStatus, at: string) {
  return { kind: "status", at, services, problems };
}

const HEAD = ["SERVICE", "PIN", "IN SYNC", "RUNNING"] as const;

/** One line a track, wide columns cut, and under each service what is wrong with it. */
function statusText({ services, problems }: FleetStatus, screen: Screen): string {
  if (services.length === 0 && problems.length === 0) return "no service is known yet: start an agent, or run \"rollpin release register <service> <version>\"";
  const rows = services.map((service) => service.tracks.map((track, index) => trackCells(service, track, index === 0, screen)));
  const widths = HEAD.map((title, column) => Math.max(title.length, ...rows.flat().map((cells) => widthOf(cells[column] ?? ""))));
  const line = (cells: readonly string[]): string => cells.map((cell, column) => pad(cell, widths[column] ?? 0)).join("  ").trimEnd();
  const body = services.flatMap((service, index) => [...(rows[index] ?? []).map(line), ...notes(service, screen)]);
  return [...(services.length === 0 ? [] : [screen.paint("dim", line(HEAD))]), ...body, ...problems.map((problem) => problemLine(problem, screen))].join("\n");
}

const pad = (cell: string, width: number): string => cell + " ".repeat(Math.max(0, width - widthOf(cell)));

function trackCells(service: ServiceStatus, track: TrackStatus, first: boolean, screen: Screen): readonly string[] {
  const name = first ? service.service : "";
  const good = track.inSync === track.total && track.total > 0;
  const counts = track.total === 0 ? "no instance" : `${track.inSync}/${track.total}`;
  return [
    `${screen.paint("bold", cut(name, 28))}${track.track === "stable" ? "" : `${first ? " " : "  "}(${cut(track.track, 20)})`}`,
    track.pin === null ? "-" : cut(visible(track.pin), 20),
    screen.paint(good ? "green" : "yellow", counts),
    firstFew(track.versions.map(({ version, instances }) => `${cut(visible(version ?? "nothing"), 20)} x${instances}`), 2),
  ];
}

const cut = (text: string, width: number): string => (text.length > width ? `${text.slice(0, width - 1)}…` : text);

function notes(service: ServiceStatus, screen: Screen): readonly string[] {
  const { newest, freeze, guard, mode, operation, pace } = service;
  const lines: string[] = [];
  if (newest !== null) {
    const why = newest.reason === undefined ? "" : `: ${newest.reason}`;
    lines.push(screen.paint("dim", wrap(visible(`  #${service.revision} ${newest.kind ?? ""}${newest.kind === undefined ? "" : " "}by ${newest.by}, ${age(newest.at, screen.now)}${why}`), screen.columns, "    ")));
  }
  if (freeze !== null) {
    const until = freeze.until === undefined ? "" : ` until ${localTime(freeze.until)}`;
    const why = freeze.reason === undefined ? "" : `: ${freeze.reason}`;
    lines.push(screen.paint("cyan", wrap(visible(`  frozen (${freeze.scope}) by ${freeze.by}${until}${why}`), screen.columns, "    ")));
  }
  if (operation !== null) lines.push(screen.paint("cyan", wrap(visible(`  operation ${operation.id} is at it (${operation.kind} by ${operation.by}, ${age(operation.at, screen.now)}): rollpin operation show ${operation.id}`), screen.columns, "    ")));
  if (mode !== "enforce") lines.push(screen.paint("yellow", mode === "observe" ? "  observed only: agents change nothing until \"rollpin enforce\"" : "  ejected: no agent looks after it until \"rollpin enforce\" or \"rollpin adopt\""));
  if (guard !== null) lines.push(...guardLines(service.service, guard, screen));
  if (pace !== null) lines.push(screen.paint("dim", wrap(visible(`  ${paceLine(pace)}`), screen.columns, "    ")));
  return [...lines, ...routerLines(service, screen), ...service.problems.map((problem) => problemLine(problem, screen))];
}

function problemLine({ kind, message, instances }: Problem, screen: Screen): string {
  const who = instances === undefined ? "" : `${instances.length} ${kind}: ${firstFew(instances)}: `;
  const text = wrapLines(`  ! ${who}${message}`, screen.columns, "    ");
  return screen.paint(kind === "stalled" ? "red" : "yellow", text);
}
