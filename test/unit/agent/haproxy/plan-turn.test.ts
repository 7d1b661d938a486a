import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { assignBackends } from "../../../../agent/haproxy/assign-backends.ts";
import type { Duties, Duty } from "../../../../agent/haproxy/duties.ts";
import type { Observed, ObservedServer } from "../../../../agent/haproxy/observed.ts";
import { type Step, isTurned, planTurn } from "../../../../agent/haproxy/plan-turn.ts";
import { determineView } from "../../../../agent/routers/determine-view.ts";
import type { View } from "../../../../agent/routers/view.ts";
import { compileMatch } from "../../../../core/decide/routing/compile-match.ts";
import { SLOTS } from "../../../../core/decide/routing/compiled-routes.ts";
import { isServedBy } from "../../../../core/decide/routing/routing-facts.ts";
import { serverName } from "../../../../agent/haproxy/server-name.ts";
import { request, routesOf } from "../../decide/routing/routing-case.ts";

const BACKENDS = ["c:1", "c:2", "c:3", "c:4", "c:5", "c:6"];
const EMPTY: Observed = { backends: new Map(BACKENDS.map((name) => [name, []])), maps: { runs: [], rules: [], sticky: [] }, isCurrent: true, connections: 0 };

const NOBODY_OUT: Duties = new Map();
const NEW: Pick<ObservedServer, "answered" | "inFlight" | "maxconn" | "tries" | "weight"> = { weight: 1, maxconn: 0, inFlight: 0, answered: {}, tries: { sent: 0, open: 0, troubles: 0 } };

interface Instance {
  readonly name: string;
  readonly port: number;
}

function viewOf(routes: string, instances: readonly Instance[]): View {
  const endpoints = instances.map(({ name, port }) => {
    const [version = "", track = "stable"] = name.split("@");
    return { id: `${port}`, node: "host-1", address: "10.0.0.1", port, tags: [], meta: { version, track }, passing: true };
  });
  return determineView({ service: "checkout", revision: 1, state: { pins: { stable: "1.0.0" }, routes }, routes: routesOf(routes), left: [], instances: endpoints, failover: undefined, hold: undefined });
}

/** HAProxy as its manual says, one command after the other. */
function after(step: Step, { backends, maps, ...rest }: Observed): Observed {
  if (step.kind === "map") return { backends, maps: { ...maps, [step.map]: step.entries }, ...rest };
  return { backends: step.commands.reduce(afterCommand, backends), maps, ...rest };
}

function afterCommand(backends: Observed["backends"], command: string): Observed["backends"] {
  const [, verb = "", backend = "", name = "", more = ""] = /^(add server|del server|set server|set maxconn server|enable server) ([^/]+)\/(\S+) ?(.*)$/.exec(command) ?? [];
  const servers = backends.get(backend) ?? [];
  const set = (changed: Partial<ObservedServer>): readonly ObservedServer[] => servers.map((server) => (server.name === name ? { ...server, ...changed } : server));
  const found = servers.find((server) => server.name === name);
  if ((found === undefined) !== (verb === "add server")) throw new Error(`HAProxy refuses ${command}`);
  const next = (): readonly ObservedServer[] => {
    if (verb === "del server" && found?.state !== "maint") throw new Error(`only in maintenance: ${command}`);
    if (verb === "del server") return servers.filter((server) => server.name !== name);
    if (verb === "enable server") return set({ state: "ready" });
    if (verb === "add server") return [...servers, { name, host: "10.0.0.1", port: Number(more.split(":").at(-1)), state: "maint", ...NEW }];
    if (verb === "set maxconn server") return set({ maxconn: Number(more) });
    const state = /^state (ready|drain|maint)$/.exec(more)?.[1];
    if (state === "ready" || state === "drain" || state === "maint") return set({ state });
    const port = /^addr 10\.0\.0\.1 port ([0-9]+)$/.exec(more)?.[1];
    if (port !== undefined) return set({ host: "10.0.0.1", port: Number(port) });
    if (more === "weight 1") return set({ weight: 1 });
    throw new Error(`HAProxy doesn't know ${command}`);
  };
  return new Map(backends).set(backend, next());
}

const matched = new Map<string, boolean>();

function isMatched(pattern: string, asked: string): boolean {
  const known = matched.get(`${pattern} ${asked}`) ?? new RegExp(pattern).test(`GET ${asked}\n\r\n`);
  matched.set(`${pattern} ${asked}`, known);
  return known;
}

/** Who may answer a request of a slot, as HAProxy is. */
function answering({ backends, maps }: Observed, asked: string, slot: number): readonly string[] {
  const rule = maps.rules.find(({ key }) => isMatched(key, asked));
  const key = Number(rule?.value ?? 0) + slot;
  const run = maps.runs.find(({ key: span }) => {
    const [from = 0, to = 0] = span.split(":").map(Number);
    return from <= key && key <= to;
  });
  return (backends.get(run?.value ?? "") ?? []).filter(({ state }) => state === "ready").map(({ name }) => name);
}

/** Who is to answer it. */
function meant({ compiled, places, routes }: View, asked: string, slot: number): readonly string[] {
  const rule = routes.rules.findIndex(({ conditions }) => compileMatch(conditions)(request({ path: asked })));
  const split = rule === -1 ? compiled.split : compiled.rules[rule];
  const destination = split?.runs.find(({ from, to }) => from <= slot && slot < to)?.destination;
  if (destination === undefined) return [];
  return places.flatMap((place) => (isServedBy(destination, place.instance) ? (serverName(place) ?? []) : []));
}

/** Looks, plans and applies until nothing is to be done; `between` sees HAProxy after every step. */
function turnTo(view: View, start: Observed, between: (observed: Observed) => void = () => undefined, duties = NOBODY_OUT): Observed {
  let observed = start;
  for (let round = 0; round < 4; round += 1) {
    const assigned = assignBackends(view, observed, "checkout");
    if (!assigned.ok) throw new Error(assigned.fault);
    const steps = planTurn({ view, observed, assigned: assigned.value, duties, caller: "shop" });
    for (const step of steps) {
      observed = after(step, observed);
      between(observed);
    }
    if (isTurned(steps)) return observed;
  }
  throw new Error("it never comes to rest");
}

function areOfKinds(names: readonly string[], others: readonly string[]): boolean {
  const kind = (name: string): string => name.split(":").slice(0, 2).join("@");
  return names.every((name) => others.some((other) => kind(other) === kind(name)));
}

const INSTANCES: readonly Instance[] = ["1.0.0", "1.0.0", "2.0.0", "2.0.0", "3.0.0", "1.0.0@green"].map((name, at) => ({ name, port: 8_001 + at }));
const weight = fc.constantFrom(0, 1, 2);
const split = fc.record({ one: weight, two: weight, three: weight, green: weight, pin: fc.constantFrom(1, 3) }).map(({ green, one, pin, three, two }) => `{"1.0.0": ${one}, "2.0.0": ${two}, "3.0.0": ${three}, "track:green": ${green}, pin: ${pin}}`);
const routes = fc.tuple(split, fc.array(fc.tuple(fc.constantFrom("/", "/a", "/ab"), split), { maxLength: 3 })).map(([own, rules]) => `split: ${own}\nrules: [${rules.map(([path, of]) => `{match: {path: ${path}}, split: ${of}}`).join(", ")}]`);
const moments = fc.array(fc.tuple(routes, fc.subarray([...INSTANCES])), { minLength: 2, maxLength: 5 });
const SLOTS_LOOKED_AT = [0, 1_666, 3_333, 5_000, SLOTS - 2];

const POINTS = ["/", "/abc", "/x"].flatMap((path) => SLOTS_LOOKED_AT.map((slot) => ({ path, slot })));

interface Bound {
  readonly path: string;
  readonly slot: number;
  readonly was: readonly string[];
  /** The routes before it, with what lives now. */
  readonly would: readonly string[];
  readonly next: readonly string[];
}

/** Undefined where the request goes by the routes before or by the new ones: to a kind of instances that they say, and to somebody where somebody could answer all the while. */
function wrongAt({ next, path, slot, was, would }: Bound, observed: Observed, alive: ReadonlySet<string>): string | undefined {
  const found = answering(observed, path, slot);
  const isKnown = found.every((name) => was.includes(name) || alive.has(name)) && (areOfKinds(found, [...was, ...would]) || areOfKinds(found, next));
  const isLost = found.length === 0 && next.length > 0 && was.some((name) => alive.has(name));
  return isKnown && !isLost ? undefined : `${path} ${slot}: ${found.join()} where ${was.join()} was and ${next.join()} is to be`;
}

describe("a turn", () => {
  it("has every request go by the routes before it or by the new ones, at each of its steps, whatever the two are", () => {
    fc.assert(
      fc.property(moments, (all) => {
        let observed = EMPTY;
        let before: { readonly document: string; readonly view: View } | undefined;
        for (const [document, instances] of all) {
          const view = viewOf(document, instances);
          const alive = new Set(view.places.flatMap((place) => serverName(place) ?? []));
          const same = before && viewOf(before.document, instances);
          const bounds = POINTS.map(({ path, slot }): Bound => ({ path, slot, was: before === undefined ? [] : meant(before.view, path, slot), would: same === undefined ? [] : meant(same, path, slot), next: meant(view, path, slot) }));
          const wrong: string[] = [];
          observed = turnTo(view, observed, (seen) => wrong.push(...bounds.flatMap((bound) => wrongAt(bound, seen, alive) ?? [])));
          expect(wrong).toEqual([]);
          expect(bounds.map(({ path, slot }) => [...answering(observed, path, slot)].sort())).toEqual(bounds.map(({ next }) => [...next].sort()));
          before = { document, view };
        }
      }),
      { numRuns: 40 },
    );
  });

  it("is nothing where HAProxy is as it should be, and one map where shares change between kinds that it has", () => {
    const half = turnTo(viewOf('split: {"2.0.0": 1, pin: 1}', INSTANCES), EMPTY);
    const next = viewOf('split: {"2.0.0": 3, pin: 1}', INSTANCES);
    const assigned = assignBackends(next, half, "checkout");
    const steps = assigned.ok ? planTurn({ view: next, observed: half, assigned: assigned.value, duties: NOBODY_OUT, caller: "shop" }) : [];
    expect(steps.map((step) => (step.kind === "map" ? step.map : step.kind))).toEqual(["runs"]);
  });

  it("keeps those that nobody is sent to at hand, so that the way back is one map too", () => {
    const all = turnTo(viewOf('split: {"2.0.0": 1}', INSTANCES), turnTo(viewOf("{}", INSTANCES), EMPTY));
    const back = viewOf("{}", INSTANCES);
    const assigned = assignBackends(back, all, "checkout");
    expect(assigned.ok && planTurn({ view: back, observed: all, assigned: assigned.value, duties: NOBODY_OUT, caller: "shop" }).map((step) => step.kind)).toEqual(["map"]);
  });

  it("puts right what a hand changed: a server that rests, one without weight, one that is somewhere else, a stranger, a map", () => {
    const view = viewOf("{}", INSTANCES);
    const good = turnTo(view, EMPTY);
    const wanted = [...meant(view, "/", 0)].sort();
    const [first = ""] = wanted;
    const changed = (change: (server: ObservedServer) => ObservedServer): Observed => ({ ...good, backends: new Map([...good.backends].map(([backend, servers]) => [backend, servers.map((server) => (server.name === first ? change(server) : server))])) });
    const stranger: ObservedServer = { name: "3.0.0:stable:10.0.0.9:80", host: "10.0.0.9", port: 80, state: "ready", ...NEW };
    const broken: readonly Observed[] = [
      changed((server) => ({ ...server, state: "maint" })),
      changed((server) => ({ ...server, state: "drain", weight: 0 })),
      changed((server) => ({ ...server, port: 9 })),
      changed((server) => ({ ...server, maxconn: 1 })),
      { ...good, backends: new Map([...good.backends].map(([backend, servers]) => [backend, servers.length === 0 ? servers : [...servers, stranger]])) },
      { ...good, maps: { ...good.maps, runs: [] } },
      { ...good, maps: { ...good.maps, rules: [] } },
      { ...good, maps: { ...good.maps, sticky: [{ key: "x", value: "y" }] } },
    ];
    for (const found of broken) expect([...answering(turnTo(view, found), "/", 0)].sort()).toEqual(wanted);
  });

  it("sends nothing to who is left out, one request beyond what it has to who is on trial, and all its part to who is well again", () => {
    const view = viewOf("{}", INSTANCES);
    const good = turnTo(view, EMPTY);
    const [first = "", ...others] = meant(view, "/", 0);
    const seen = (observed: Observed): Pick<ObservedServer, "maxconn" | "state"> | undefined => {
      const found = [...observed.backends.values()].flat().find(({ name }) => name === first);
      return found && { state: found.state, maxconn: found.maxconn };
    };
    const turned = (from: Observed, duty: Duty): Observed => turnTo(view, from, undefined, new Map([[first, duty]]));
    const out = turned(good, "none");
    expect(answering(out, "/", 0)).toEqual(others);
    expect(seen(out)).toEqual({ state: "drain", maxconn: 0 });
    const busy = { ...out, backends: new Map([...out.backends].map(([backend, servers]) => [backend, servers.map((server) => ({ ...server, inFlight: 2 }))])) };
    expect(seen(turned(busy, "one"))).toEqual({ state: "ready", maxconn: 3 });
    expect(seen(turned(turned(busy, "one"), "none"))).toEqual({ state: "drain", maxconn: 0 });
    expect(seen(turned(turned(busy, "one"), "all"))).toEqual({ state: "ready", maxconn: 0 });
  });

  it("asks all the same where nobody else is left to ask, and takes who is left out away as any other", () => {
    const one = INSTANCES.slice(0, 1);
    const view = viewOf("{}", one);
    const [name = ""] = meant(view, "/", 0);
    const out = turnTo(view, turnTo(view, EMPTY), undefined, new Map([[name, "none"]]));
    expect(answering(out, "/", 0)).toEqual([name]);
    const both = viewOf("{}", INSTANCES.slice(0, 2));
    const left = turnTo(both, out, undefined, new Map([[name, "none"]]));
    expect(answering(left, "/", 0)).not.toContain(name);
    const gone = turnTo(viewOf("{}", INSTANCES.slice(1, 2)), left);
    expect([...gone.backends.values()].flat().find((server) => server.name === name)?.state).not.toBe("drain");
  });

  it("says what to set where routes name more kinds than there are backends", () => {
    const few: Observed = { ...EMPTY, backends: new Map([["c:1", []]]) };
    expect(assignBackends(viewOf('split: {"2.0.0": 1, pin: 1}', INSTANCES), few, "checkout")).toMatchObject({ ok: false, fault: expect.stringContaining('more "backends"') as string });
  });
});
