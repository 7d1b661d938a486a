import type { Entries, MapEntry } from "./map-entries.ts";
import { type MapName, type Sections, mapNames } from "./sections.ts";
import { canonical } from "./server-name.ts";

/** What a running HAProxy says of rollpin's part of it. */
export interface Observed {
  /** By backend; rollpin's only. */
  readonly backends: ReadonlyMap<string, readonly ObservedServer[]>;
  readonly maps: Readonly<Record<MapName, Entries>>;
  /** It started with the configuration that is meant now. */
  readonly isCurrent: boolean;
  /** Connections of clients. */
  readonly connections: number;
}

export interface ObservedServer {
  readonly name: string;
  /** Canonical, without brackets. */
  readonly host: string;
  readonly port: number;
  readonly state: "ready" | "drain" | "maint";
  readonly weight: number;
  /** Requests that it may have at a time; 0 where there is no limit. */
  readonly maxconn: number;
  readonly inFlight: number;
  readonly tries: Tries;
  /** By class of status (`2xx`), since HAProxy or the server began. */
  readonly answered: Readonly<Record<string, number>>;
}

/** Of requests to one server, since HAProxy or the server began. One that is sent there again is another. */
export interface Tries {
  readonly sent: number;
  /** Of these, not over. */
  readonly open: number;
  /** What went wrong: no connection, a broken one, time over, sent again. Some are counted twice. */
  readonly troubles: number;
}

/** What was read of it; a map that it doesn't have is undefined. */
export interface Readings {
  readonly stat: string;
  readonly maps: Readonly<Record<MapName, string | undefined>>;
}

/** What a running HAProxy has of rollpin's part, or what it lacks, by name. */
export function parseObserved({ maps, stat }: Readings, sections: Sections, marker: string): Observed | { readonly lacks: string } {
  const rows = parseStat(stat);
  const names = new Set(rows.filter((row) => row["svname"] === "BACKEND" || row["svname"] === "FRONTEND").map((row) => row["pxname"]));
  const lacks = [sections.prefix, ...sections.backends].find((name) => !names.has(name)) ?? mapNames.map((name) => (maps[name] === undefined ? sections.maps[name] : undefined)).find((path) => path !== undefined);
  if (lacks !== undefined) return { lacks };
  const entries = (name: MapName): Entries => parseMap(maps[name] ?? "");
  return {
    backends: new Map(sections.backends.map((backend) => [backend, rows.flatMap((row) => (row["pxname"] === backend && row["svname"] !== "BACKEND" ? [serverOf(row)] : []))])),
    maps: { runs: entries("runs"), rules: entries("rules"), sticky: entries("sticky") },
    isCurrent: names.has(marker),
    connections: Number(rows.find((row) => row["pxname"] === sections.prefix && row["svname"] === "FRONTEND")?.["scur"] ?? 0),
  };
}

/** HAProxy: management, 9.1, CSV format. Of a hundred columns: traffic waits for this. None of them is quoted. */
const COLUMNS = ["pxname", "svname", "scur", "slim", "qcur", "stot", "econ", "eresp", "wretr", "wredis", "status", "uweight", "addr", "hrsp_1xx", "hrsp_2xx", "hrsp_3xx", "hrsp_4xx", "hrsp_5xx"] as const;
type Row = Readonly<Partial<Record<string, string>>>;

function parseStat(text: string): readonly Row[] {
  const [head = "", ...lines] = text.split("\n");
  const columns = head.replace(/^# /, "").split(",");
  const places = COLUMNS.map((name) => columns.indexOf(name));
  return lines.filter((line) => line !== "").map((line) => {
    const fields = line.split(",");
    return Object.fromEntries(COLUMNS.map((name, at) => [name, fields[places[at] ?? -1]]));
  });
}

function serverOf(row: Row): ObservedServer {
  const [, host = "", port = "0"] = /^\[?(.*?)\]?:([0-9]+)$/.exec(row["addr"] ?? "") ?? [];
  const { status = "" } = row;
  const count = (column: (typeof COLUMNS)[number]): number => Number(row[column] ?? 0);
  const classes = (["1xx", "2xx", "3xx", "4xx", "5xx"] as const).map((each) => [each, count(`hrsp_${each}`)] as const);
  return {
    name: row["svname"] ?? "",
    host: canonical(host),
    port: Number(port),
    state: status.startsWith("MAINT") ? "maint" : status.startsWith("DRAIN") ? "drain" : "ready",
    weight: count("uweight"),
    maxconn: count("slim"),
    inFlight: count("scur") + count("qcur"),
    tries: { sent: count("stot"), open: count("scur"), troubles: count("econ") + count("eresp") + count("wretr") + count("wredis") },
    answered: Object.fromEntries(classes.filter(([, count]) => count > 0)),
  };
}

/** `0x5652fccc0bf0 0:9999 backend`, one a line. */
function parseMap(text: string): Entries {
  return text.split("\n").flatMap((line): readonly MapEntry[] => {
    const [, key, value] = /^0x[0-9a-f]+ (\S+) (.*)$/.exec(line) ?? [];
    return key === undefined || value === undefined ? [] : [{ key, value }];
  });
}
