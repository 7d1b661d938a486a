import { parseRoutes } from "../../../../core/config/parse-routes.ts";
import { compileRoutes } from "../../../../core/decide/routing/compile-routes.ts";
import type { CompiledRoutes, Decision } from "../../../../core/decide/routing/compiled-routes.ts";
import { readCookie } from "../../../../core/decide/routing/read-cookie.ts";
import type { RoutedInstance, RoutingFacts } from "../../../../core/decide/routing/routing-facts.ts";
import type { RoutedRequest } from "../../../../core/decide/routing/routed-request.ts";
import { STABLE } from "../../../../core/model/names.ts";
import { NO_ROUTES, type Routes } from "../../../../core/model/routes.ts";
import type { RoutingCase } from "../../../cases/routing.ts";

export function routesOf(text: string | undefined): Routes {
  if (text === undefined) return NO_ROUTES;
  const parsed = parseRoutes(text, "routes");
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.fault));
  return parsed.value;
}

export function factsOf({ failing = [], failoverPassing, left = [], passing, pins = { stable: "1.0.0" } }: Pick<RoutingCase, "passing" | "failing" | "failoverPassing" | "left" | "pins">): RoutingFacts {
  const instance = (passes: boolean) => (text: string): RoutedInstance => {
    const [version, track = "stable"] = text.split("@");
    return { version, track, passing: passes };
  };
  return { service: "checkout", pins, left, instances: [...passing.map(instance(true)), ...failing.map(instance(false))], failoverPassing };
}

export function compiled(text: string | undefined, facts: Parameters<typeof factsOf>[0]): CompiledRoutes {
  return compileRoutes(routesOf(text), factsOf(facts));
}

export function request({ caller, headers = {}, method = "GET", path = "/" }: { caller?: string | undefined; headers?: Readonly<Record<string, string>>; method?: string; path?: string }): RoutedRequest {
  const lower = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  return {
    method,
    path: path.split("?")[0] ?? "",
    caller,
    header: (name) => lower.get(name),
    cookie: (name) => readCookie(lower.get("cookie") ?? "", name),
  };
}

/** As the table of cases names who answers. Without a version, everybody who passes there takes a like part. */
export function answers({ destination }: Decision, facts: RoutingFacts): readonly string[] {
  if (destination === undefined) return ["none"];
  if (destination.service !== facts.service) return [destination.service];
  const track = destination.track === undefined || destination.track === STABLE ? "" : `@${destination.track}`;
  if (destination.version !== undefined) return [`${destination.version}${track}`];
  return facts.instances.filter((instance) => instance.passing && (destination.track === undefined ? instance.track !== destination.exceptTrack : instance.track === destination.track)).map(({ version }) => `${version}${track}`);
}
