/** What verbs and plans change of a routing document, as it is written. */
import type { WrittenRoutes, WrittenSplit } from "../../config/routes-schema.ts";
import { type Result, err, ok } from "../../model/result.ts";

const PIN = "pin";

/** Every name of these versions says `pin` instead; where `pin` stands there already, it takes their weight too. */
export function writePinFor(routes: WrittenRoutes, versions: ReadonlySet<string>): WrittenRoutes {
  const rewrite = (split: WrittenSplit): WrittenSplit => {
    if (!Object.keys(split).some((name) => versions.has(name))) return split;
    let pin = 0;
    const others = Object.entries(split).filter(([name, weight]) => {
      const isPin = name === PIN || versions.has(name);
      if (isPin) pin += weight;
      return !isPin;
    });
    return Object.fromEntries([...others, [PIN, tidy(pin)]]);
  };
  return {
    ...routes,
    ...(routes.split === undefined ? {} : { split: rewrite(routes.split) }),
    ...(routes.rules === undefined ? {} : { rules: routes.rules.map((rule) => ({ ...rule, split: rewrite(rule.split) })) }),
  };
}

/**
 * Gives a name that share of what no rule matches, 0 to 100, taken from the pin or given to it. The others keep theirs.
 * The pin stays in the split though it has nothing, because who is named says which users a share has.
 */
export function shiftTo(routes: WrittenRoutes, name: string, percentage: number): Result<WrittenRoutes, string> {
  const split = routes.split ?? { [PIN]: 1 };
  const total = Object.values(split).reduce((sum, weight) => sum + weight, 0);
  const others = Object.entries(split).flatMap(([other, weight]) => (other === PIN || other === name ? [] : [[other, tidy((weight / total) * 100)] as const]));
  const taken = tidy(others.reduce((sum, [, weight]) => sum + weight, 0));
  const left = tidy(100 - taken - percentage);
  if (left < 0) return err(`${name} can have ${tidy(100 - taken)}% at most: ${others.map(([other, weight]) => `${other} has ${weight}%`).join(", ")}, and only the pin's share is shifted; "rollpin route shift <service> --back" gives all to the pin`);
  return ok({ ...routes, split: Object.fromEntries([...others, [name, percentage], [PIN, left]]) });
}

/** All that no rule matches goes to the pin. */
export function shiftBack(routes: WrittenRoutes): WrittenRoutes {
  const { split: _, ...rest } = routes;
  return rest;
}

/** `to` where the document doesn't say. Undefined: neither does. */
export function failOver(routes: WrittenRoutes, to: string | undefined): WrittenRoutes | undefined {
  const target = to ?? routes.failover?.to;
  return target === undefined ? undefined : { ...routes, failover: { ...routes.failover, to: target, active: true } };
}

export function failBack({ failover, ...rest }: WrittenRoutes): WrittenRoutes {
  if (failover === undefined) return rest;
  const { active: _, ...standing } = failover;
  return { ...rest, failover: standing };
}

/** Weights that arithmetic made are written as a person would: four digits hold every share there is. */
function tidy(weight: number): number {
  return Number(weight.toFixed(4));
}
