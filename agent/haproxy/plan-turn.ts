import type { Assigned } from "./assign-backends.ts";
import { type Bank, type Entries, bankOf, isSame, ruleEntries, runEntries, stickyEntries } from "./map-entries.ts";
import { type Duties, type Duty, dutiesAmong } from "./duties.ts";
import type { Observed, ObservedServer } from "./observed.ts";
import type { MapName } from "./sections.ts";
import { addressOf, parseServerName, serverName } from "./server-name.ts";
import type { View } from "../routers/view.ts";

/** One thing to do to a running HAProxy. Those of a turn are done in order, and one that fails ends it. */
export type Step =
  | { readonly kind: "server"; readonly commands: readonly string[] }
  | { readonly kind: "map"; readonly map: MapName; readonly from: Entries; readonly entries: Entries }
  /** HAProxy refuses while anything is connected: it is asked again another time. */
  | { readonly kind: "remove"; readonly commands: readonly string[] };

export interface TurnInput {
  readonly view: View;
  readonly observed: Observed;
  readonly assigned: readonly Assigned[];
  readonly duties: Duties;
  /** The service that calls. */
  readonly caller: string;
}

/**
 * From what HAProxy does to what it should do, so that no request is ever sent elsewhere than by the former routes or the
 * new ones: instances that are new come first, then the maps, each whole at once, and last what nobody is sent to goes.
 */
export function planTurn(input: TurnInput): readonly Step[] {
  return [...input.assigned.flatMap((one) => planArrivals(one, input)), ...planMaps(input), ...planDepartures(input)];
}

/** Whether a turn changes anything that requests or the next reading depend on. */
export function isTurned(steps: readonly Step[]): boolean {
  return steps.every(({ kind }) => kind === "remove");
}

/** Those of a backend that don't pass any more rest as soon as others are there, and strangers in one that nobody is sent to yet. */
function planArrivals({ backend, servers }: Assigned, { duties, observed }: TurnInput): readonly Step[] {
  const present = observed.backends.get(backend) ?? [];
  const strangers = servers.length === 0 ? [] : present.filter(({ name, state }) => state !== "maint" && !servers.includes(name));
  const dutyOf = dutiesAmong(servers, duties);
  const commands = [...servers.flatMap((name) => bringUp(`${backend}/${name}`, name, present.find((server) => server.name === name), dutyOf(name))), ...strangers.map(({ name }) => rest(backend, name))];
  return commands.length === 0 ? [] : [{ kind: "server", commands }];
}

function bringUp(at: string, name: string, found: ObservedServer | undefined, duty: Duty): readonly string[] {
  const named = parseServerName(name);
  if (named === undefined) throw new Error(`${name} is no name of a server`);
  if (found === undefined) return [`add server ${at} ${addressOf(named)}`, `enable server ${at}`];
  const isMoved = found.host !== named.host || found.port !== named.port;
  const state = duty === "none" ? "drain" : "ready";
  return [
    ...(isMoved ? [`set server ${at} addr ${named.host} port ${named.port}`] : []),
    ...(found.weight === 1 ? [] : [`set server ${at} weight 1`]),
    ...(duty === "none" ? [] : limit(at, found, duty)),
    ...(found.state === state ? [] : [`set server ${at} state ${state}`]),
    ...(duty === "none" ? limit(at, found, duty) : []),
  ];
}

/** On trial, one request beyond those that it has: HAProxy passes over who has as many as it may have. */
function limit(at: string, { inFlight, maxconn }: ObservedServer, duty: Duty): readonly string[] {
  if (duty === "one") return maxconn > 0 ? [] : [`set maxconn server ${at} ${inFlight + 1}`];
  return maxconn === 0 ? [] : [`set maxconn server ${at} 0`];
}

/** What is in flight there goes on; nothing new comes. */
function rest(backend: string, name: string): string {
  return `set server ${backend}/${name} state maint`;
}

function planMaps({ assigned, caller, observed: { maps }, view }: TurnInput): readonly Step[] {
  const last = maps.rules.at(-1);
  const bank = last === undefined ? 0 : bankOf(last);
  const steps: Step[] = [];
  const turn = (map: MapName, entries: Entries, from: Entries = maps[map]): void => {
    if (!isSame(entries, from)) steps.push({ kind: "map", map, from, entries });
  };
  turn("sticky", stickyEntries(view));
  const runs = (of: Bank): Entries => runEntries(view, assigned, of);
  if (isSame(ruleEntries(view, caller, bank), maps.rules)) {
    turn("runs", runs(bank));
    return steps;
  }
  const other = bank === 0 ? 1 : 0;
  const both = [...maps.runs.filter((entry) => bankOf(entry) === bank), ...runs(other)];
  turn("runs", both);
  turn("rules", ruleEntries(view, caller, other));
  turn("runs", runs(other), both);
  return steps;
}

function planDepartures({ assigned, observed, view }: TurnInput): readonly Step[] {
  const alive = new Set(view.places.flatMap((place) => serverName(place) ?? []));
  const all = [...observed.backends].flatMap(([backend, servers]) => {
    const own = assigned.find((one) => one.backend === backend)?.servers;
    // Who isn't sent to rests there for its kind to come back, as long as it lives.
    return servers.filter(({ name }) => !(own?.includes(name) ?? alive.has(name))).map((server) => ({ backend, server }));
  });
  const resting = all.filter(({ backend, server }) => server.state !== "maint" && !assigned.some((one) => one.backend === backend && one.servers.length > 0)).map(({ backend, server }) => rest(backend, server.name));
  const gone = all.filter(({ server }) => server.state === "maint" && server.inFlight === 0).map(({ backend, server }) => `del server ${backend}/${server.name}`);
  return [...(resting.length === 0 ? [] : [{ kind: "server", commands: resting } as const]), ...(gone.length === 0 ? [] : [{ kind: "remove", commands: gone } as const])];
}
