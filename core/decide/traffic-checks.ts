/** The checks of plans that move traffic. */
import { parseRoutes } from "../config/parse-routes.ts";
import { firstFew } from "../model/first-few.ts";
import type { KnownService } from "./plans/service-change.ts";
import type { Check } from "../model/plan.ts";
import type { Routes, ShareTarget } from "../model/routes.ts";
import { checkCondemned, checkRegistered, passed, stopped } from "./checks.ts";
import { groundOf } from "./routing/compile-routes.ts";
import { percent } from "./routing/determine-failover.ts";
import { determineInexpressible, routerKinds } from "./routing/expressible.ts";
import { isAlive, resolveTarget } from "./routing/resolve-target.ts";
import type { TrafficFacts } from "./routing/routing-facts.ts";

/** What gets traffic by a document: each name once. */
export function targetsOf({ rules, split }: Routes): readonly ShareTarget[] {
  const shares = [...(split ?? []), ...rules.flatMap((rule) => rule.split)].filter(({ weight }) => weight > 0);
  return [...new Map(shares.map(({ target }) => [target.text, target])).values()];
}

/** Versions that are named are registered, and not condemned. */
export function checkNamed({ facts }: KnownService, targets: readonly ShareTarget[], override: boolean): readonly Check[] {
  const versions = targets.flatMap((target) => (target.kind === "version" ? [target.version] : []));
  return versions.flatMap((version) => [checkRegistered(facts, version), checkCondemned(facts, version, override)]);
}

/** Each of these has an instance that passes. */
export function checkLive({ current, facts }: KnownService, routes: Routes, targets: readonly ShareTarget[], traffic: TrafficFacts, override: boolean): Check {
  const { service } = facts;
  const ground = groundOf(routes, { service, pins: current.state.pins, left: [], instances: traffic.instances, failoverPassing: traffic.failoverPassing });
  const dead = targets.filter((target) => {
    const { destination } = resolveTarget(target, ground);
    return target.kind !== "pin" && (destination === undefined || !isAlive(destination, ground));
  });
  if (dead.length === 0) return passed("no-live-instance", service, "all that is named has a passing instance");
  const names = dead.map(({ text }) => text).join(", ");
  return stopped("no-live-instance", service, override, `${names} of ${service} ${dead.length === 1 ? "has" : "have"} no passing instance in Consul's catalog (${describeRunning(traffic)}), so nobody would take that share; start one, or go on with --override: ${routes.none === "fail" ? "its requests are refused then" : "it stays with what passes until one does"}`);
}

function describeRunning({ instances }: TrafficFacts): string {
  const counts = new Map<string, number>();
  for (const { passing, version } of instances) if (passing) counts.set(version ?? "no version", (counts.get(version ?? "no version") ?? 0) + 1);
  return counts.size === 0 ? "none of the service passes" : `there pass ${[...counts].map(([version, count]) => `${count} of ${version}`).join(", ")}`;
}

/** What a router that serves this service now can't express is said by its name. */
export function checkRouters(service: string, routes: Routes, { routers }: TrafficFacts): Check {
  const lacking = routerKinds.flatMap((kind) => {
    // Every instance may be a router of its own.
    const names = routers.flatMap((one) => (one.kind === kind ? [one.router] : []));
    return names.length === 0 ? [] : determineInexpressible(routes, kind).map((sentence) => `${firstFew(names)}: ${sentence}`);
  });
  if (lacking.length === 0) return passed("routers", service, routers.length === 0 ? "no router serves it yet" : "every router can express it");
  return { name: "routers", service, result: "warned", detail: lacking.join("; ") };
}

/** What a pin that moves does to traffic, for the plan's notes; nothing where no router would act on it. */
export function noteTraffic({ current, facts: { service } }: KnownService, version: string, traffic: TrafficFacts | undefined): readonly string[] {
  if (traffic === undefined || traffic.routers.length === 0) return [];
  const all = traffic.instances.filter((instance) => instance.passing);
  const own = all.filter((instance) => instance.version === version).length;
  const enough = enoughIn(current.state.routes);
  if (enough !== undefined && own / Math.max(1, all.length) < enough) return [`${service}: traffic follows the instances: ${own} of the ${all.length} that pass run ${version}, so all share it until ${percent(enough)} do`];
  const others = all.length - own;
  if (own > 0) return [`${service}: traffic goes first: ${own} ${own === 1 ? `instance of ${version} passes` : `instances of ${version} pass`}, and routers send the pin's share there at once; ${others} other${others === 1 ? " follows as it switches" : "s follow as they switch"}`];
  const alone = enough === undefined && all.length > 1 ? `, which takes all of it then; "enough: 50%" in the routes has all share it until half of them have` : "";
  return [`${service}: traffic follows the instances: none of ${version} passes yet, so it stays where it is until the first has switched${alone}`];
}

function enoughIn(routes: string | undefined): number | undefined {
  const read = routes === undefined ? undefined : parseRoutes(routes, "routes");
  return read?.ok === true ? read.value.enough : undefined;
}

export function checkFailover({ failover }: Routes, service: string, traffic: TrafficFacts, override: boolean): Check {
  if (failover === undefined) return passed("no-live-instance", service, "there is no failover");
  const { to } = failover;
  const name = to.kind === "track" ? `track ${to.track} of ${service}` : to.service;
  const passing = to.kind === "track" ? traffic.instances.filter((instance) => instance.passing && instance.track === to.track).length : (traffic.failoverPassing ?? 0);
  if (passing > 0) return passed("no-live-instance", service, `${passing} instances of ${name} pass`);
  return stopped("no-live-instance", service, override, `${name} has no passing instance in Consul's catalog, so it can't take over; start one, or go on with --override: it takes over when one passes`);
}
