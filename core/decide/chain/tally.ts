/** Counts of what calls said, by service and version, for the last half hour. Bounded: what was seen longest ago goes first. */
import { dropOldest } from "../drop-oldest.ts";
import type { Outcome, OutcomeKind } from "./outcome.ts";

export interface Counts {
  readonly calls: number;
  /** Failures that start there. */
  readonly own: number;
  /** Of these, those that nobody answered. */
  readonly silent: number;
  readonly through: number;
  readonly database: number;
}

export interface Sum extends Counts {
  /** When the first failure that starts there began; milliseconds since 1970. */
  readonly firstOwn: number | undefined;
}

export interface Tally {
  /** `sign` -1 takes back what was counted before. */
  count(outcome: Omit<Outcome, "chain">, sign: 1 | -1): void;
  /** From the window in which `from` is up to the one in which `to` is, `to` not included. */
  sum(service: string, version: string, from: number, to: number): Sum;
  /** Those that anything was counted of. */
  versions(service: string): ReadonlySet<string>;
  hosts(service: string, version: string, from: number, to: number): ReadonlyMap<string, Counts>;
}

export interface TallyLimits {
  readonly series: number;
  readonly hostsEach: number;
}

export const WINDOW_MS = 20_000;
const WINDOWS = 90;
export const SPAN_MS = WINDOW_MS * WINDOWS;

const FIELDS = 7;
const [STAMP, CALLS, OWN, SILENT, THROUGH, DATABASE, FIRST] = [0, 1, 2, 3, 4, 5, 6] as const;
const SUMMED = [CALLS, OWN, SILENT, THROUGH, DATABASE];
const FIELD_OF: Readonly<Record<OutcomeKind, number | undefined>> = { well: undefined, own: OWN, through: THROUGH, database: DATABASE };

type Ring = Float64Array;

interface Series {
  readonly service: string;
  readonly version: string;
  readonly all: Ring;
  readonly hosts: Map<string, Ring>;
}

export function createTally(limits: TallyLimits): Tally {
  const series = new Map<string, Series>();
  const versions = createVersions();
  const seriesOf = (service: string, version: string): Series => {
    const key = keyOf(service, version);
    const there = series.get(key);
    const found = there ?? { service, version, all: createRing(), hosts: new Map<string, Ring>() };
    // Last in the order of the map: not the next to go.
    series.delete(key);
    series.set(key, found);
    if (there === undefined) versions.add(found);
    const gone = dropOldest(series, limits.series);
    if (gone !== undefined) versions.remove(gone);
    return found;
  };
  const hostOf = ({ hosts }: Series, host: string): Ring => {
    const found = hosts.get(host) ?? createRing();
    hosts.delete(host);
    hosts.set(host, found);
    dropOldest(hosts, limits.hostsEach);
    return found;
  };
  return {
    count(outcome, sign) {
      const counted = seriesOf(outcome.service, outcome.version);
      add(counted.all, outcome, sign);
      if (outcome.host !== undefined) add(hostOf(counted, outcome.host), outcome, sign);
    },
    versions: versions.of,
    sum: (service, version, from, to) => sumOf(series.get(keyOf(service, version))?.all, from, to),
    hosts: (service, version, from, to) => new Map([...(series.get(keyOf(service, version))?.hosts ?? [])].map(([host, ring]) => [host, sumOf(ring, from, to)])),
  };
}

interface Versions {
  readonly add: (series: Series) => void;
  readonly remove: (series: Series) => void;
  readonly of: (service: string) => ReadonlySet<string>;
}

function createVersions(): Versions {
  const known = new Map<string, Set<string>>();
  const none: ReadonlySet<string> = new Set();
  return {
    of: (service) => known.get(service) ?? none,
    add({ service, version }) {
      const there = known.get(service) ?? new Set();
      known.set(service, there.add(version));
    },
    remove({ service, version }) {
      const there = known.get(service);
      there?.delete(version);
      if (there?.size === 0) known.delete(service);
    },
  };
}

const keyOf = (service: string, version: string): string => `${service}\n${version}`;

const createRing = (): Ring => new Float64Array(WINDOWS * FIELDS);

function add(ring: Ring, { at, kind, silent }: Omit<Outcome, "chain">, sign: 1 | -1): void {
  const window = Math.floor(at / WINDOW_MS);
  const start = (window % WINDOWS) * FIELDS;
  const stamp = ring[start + STAMP] ?? 0;
  // Of a window that is gone already.
  if (stamp > window) return;
  if (stamp < window) {
    if (sign < 0) return;
    ring.fill(0, start, start + FIELDS);
    ring[start + STAMP] = window;
  }
  const field = FIELD_OF[kind];
  bump(ring, start + CALLS, sign);
  if (field !== undefined) bump(ring, start + field, sign);
  if (silent) bump(ring, start + SILENT, sign);
  if (kind !== "own" || sign < 0) return;
  const first = ring[start + FIRST] ?? 0;
  ring[start + FIRST] = first === 0 ? at : Math.min(first, at);
}

function bump(ring: Ring, at: number, by: number): void {
  ring[at] = Math.max(0, (ring[at] ?? 0) + by);
}

function sumOf(ring: Ring | undefined, from: number, to: number): Sum {
  const [least, beyond] = [Math.floor(from / WINDOW_MS), Math.ceil(to / WINDOW_MS)];
  const sums = new Float64Array(FIELDS);
  let first = Infinity;
  if (ring !== undefined) for (let window = 0; window < WINDOWS; window += 1) {
    const counted = ring.subarray(window * FIELDS, (window + 1) * FIELDS);
    if (valueOf(counted, STAMP) < least || valueOf(counted, STAMP) >= beyond) continue;
    for (const field of SUMMED) sums[field] = valueOf(sums, field) + valueOf(counted, field);
    if (valueOf(counted, OWN) > 0) first = Math.min(first, valueOf(counted, FIRST));
  }
  return { calls: valueOf(sums, CALLS), own: valueOf(sums, OWN), silent: valueOf(sums, SILENT), through: valueOf(sums, THROUGH), database: valueOf(sums, DATABASE), firstOwn: first === Infinity ? undefined : first };
}

function valueOf(fields: Float64Array, field: number): number {
  return fields[field] ?? 0;
}
