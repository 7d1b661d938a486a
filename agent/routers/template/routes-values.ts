/** What the template of a router may read: the decision that every router follows, as far as it is settled before a request comes. */
import { isIP } from "node:net";
import { SLOTS, type CompiledSplit } from "../../../core/decide/routing/compiled-routes.ts";
import { type Destination, isServedBy } from "../../../core/decide/routing/routing-facts.ts";
import type { Condition, Routes, Sticky, ValueMatch } from "../../../core/model/routes.ts";
import { withoutUndefined } from "../../../core/model/without-undefined.ts";
import { joinRuns } from "../joined-runs.ts";
import { rulePattern, stickyPattern } from "../rule-pattern.ts";
import type { Place, View } from "../view.ts";
import { authorityOf } from "../../../core/model/authority.ts";
import { groupName, wordOf } from "./group-name.ts";

/** Undefined values are absent: naming one outside of an `if` is an error. */
export interface RoutesValues {
  readonly upstream: string;
  /** The upstream as a part of a variable's name: letters, digits and `_`. */
  readonly word: string;
  /** The service that calls. */
  readonly caller: string;
  readonly listen?: string | undefined;
  /** The path of the log that tells who answered what. */
  readonly log?: string | undefined;
  readonly none: Routes["none"];
  readonly sticky?: (Sticky & { readonly pattern: string }) | undefined;
  /** Names, in lower case, of header lines that patterns look at. */
  readonly headers: readonly string[];
  readonly groups: readonly GroupValues[];
  /** All that passes, whatever the routes name: of the upstream, and of a service that takes over from it. */
  readonly services: readonly ServiceValues[];
  /** The track that is kept for failover. */
  readonly kept?: string | undefined;
  /** Where no rule matches. */
  readonly runs: readonly RunValues[];
  /** Those that can match for this caller, in order. */
  readonly rules: readonly RuleValues[];
}

/** A kind of instances that a run names; it has one at least. */
interface GroupValues {
  readonly name: string;
  readonly service: string;
  readonly version?: string | undefined;
  readonly track?: string | undefined;
  readonly instances: readonly InstanceValues[];
}

interface ServiceValues {
  readonly name: string;
  readonly instances: readonly InstanceValues[];
}

interface InstanceValues {
  readonly address: string;
  /** Whether the address is one of IP, or a host name. */
  readonly ip: boolean;
  readonly port: number;
  /** `10.0.0.5:8001`, `[fd00::5]:8001`. */
  readonly authority: string;
  readonly version: string;
  readonly track: string;
}

/** Slots that go one way, from the first to before the last of 10,000. */
interface RunValues {
  readonly from: number;
  readonly to: number;
  readonly slots: number;
  /** Of all slots, in percent: `5.00`. */
  readonly percent: string;
  /** Of a group; absent: to nobody. */
  readonly group?: string | undefined;
}

interface RuleValues {
  /** As in the document, from 1. */
  readonly number: number;
  readonly pattern: string;
  readonly methods: readonly string[];
  readonly path?: string | undefined;
  readonly headers: readonly ValueMatchValues[];
  readonly cookies: readonly ValueMatchValues[];
  readonly runs: readonly RunValues[];
}

/** One of `exact`, `prefix`, `present`. */
interface ValueMatchValues {
  readonly name: string;
  readonly exact?: string;
  readonly prefix?: string;
  readonly present?: boolean;
}

export interface RoutesValuesFacts {
  readonly view: View;
  readonly upstream: string;
  readonly caller: string;
  readonly listen: string | undefined;
  readonly log: string | undefined;
}

export function routesValuesOf({ caller, listen, log, upstream, view }: RoutesValuesFacts): RoutesValues {
  const { compiled, routes } = view;
  const groups = new Map(compiled.destinations.flatMap((destination) => groupOf(destination, view.places)));
  const runsOf = (split: CompiledSplit): readonly RunValues[] => joinRuns(split, (destination) => groups.get(destination)?.name).map(runOf);
  const rules = compiled.rules.flatMap((split, index) => ruleOf(index, routes.rules[index]?.conditions ?? [], caller, runsOf(split)));
  const sticky = routes.sticky === undefined ? undefined : { ...routes.sticky, pattern: stickyPattern(routes.sticky) };
  return withoutUndefined({
    upstream,
    word: wordOf(upstream),
    caller,
    listen,
    log,
    none: routes.none,
    sticky,
    headers: headersOf(rules, sticky),
    groups: [...groups.values()].sort(byName),
    services: [...new Set([upstream, ...view.places.map(({ service }) => service)])].map((name) => ({ name, instances: instancesOf(view.places.filter(({ service }) => service === name)) })),
    kept: routes.failover?.to.kind === "track" ? routes.failover.to.track : undefined,
    runs: runsOf(compiled.split),
    rules,
  });
}

/** One without instances that can be named is nobody's: nothing is listed that could take no request. */
function groupOf(destination: Destination, places: readonly Place[]): readonly (readonly [Destination, GroupValues])[] {
  const instances = instancesOf(places.filter((place) => place.service === destination.service && isServedBy(destination, place.instance)));
  if (instances.length === 0) return [];
  const { service, track, version } = destination;
  return [[destination, withoutUndefined({ name: groupName(destination), service, version, track, instances })]];
}

/** Consul's order changes with every answer. */
function instancesOf(places: readonly Place[]): readonly InstanceValues[] {
  return places.flatMap(instanceOf).sort((a, b) => (a.authority < b.authority ? -1 : 1));
}

const HOST_NAME = /^(?!-)[A-Za-z0-9-]{1,63}(?:\.(?!-)[A-Za-z0-9-]{1,63})*\.?$/;

/** The catalog is data that others write: what is no address stands in no file. */
function instanceOf({ host, instance: { track }, port, version }: Place): readonly InstanceValues[] {
  const ip = isIP(host) !== 0;
  if (!ip && !HOST_NAME.test(host)) return [];
  return [{ address: host, ip, port, authority: authorityOf(host, port), version, track }];
}

function runOf({ from, name, to }: { readonly from: number; readonly to: number; readonly name: string | undefined }): RunValues {
  const slots = to - from;
  return withoutUndefined({ from, to, slots, percent: ((slots / SLOTS) * 100).toFixed(2), group: name });
}

function ruleOf(index: number, conditions: readonly Condition[], caller: string, runs: readonly RunValues[]): readonly RuleValues[] {
  const pattern = rulePattern(conditions, caller);
  if (pattern === undefined) return [];
  const named = (kind: "header" | "cookie"): readonly ValueMatchValues[] => conditions.flatMap((condition) => (condition.kind === kind ? [{ name: condition.name, ...valueOf(condition.value) }] : []));
  const methods = conditions.flatMap((condition) => (condition.kind === "method" ? condition.methods : []));
  const path = conditions.find((condition) => condition.kind === "path")?.prefix;
  return [withoutUndefined({ number: index + 1, pattern, methods, path, headers: named("header"), cookies: named("cookie"), runs })];
}

function valueOf(value: ValueMatch): Omit<ValueMatchValues, "name"> {
  switch (value.kind) {
    case "exact":
      return { exact: value.text };
    case "prefix":
      return { prefix: value.text };
    case "present":
      return { present: value.present };
  }
}

function headersOf(rules: readonly RuleValues[], sticky: Sticky | undefined): readonly string[] {
  const names = rules.flatMap(({ cookies, headers }) => [...headers.map(({ name }) => name), ...(cookies.length > 0 ? ["cookie"] : [])]);
  if (sticky !== undefined) names.push(sticky.from === "header" ? sticky.name : "cookie");
  return [...new Set(names)].sort();
}

function byName(a: GroupValues, b: GroupValues): number {
  return a.name < b.name ? -1 : 1;
}
