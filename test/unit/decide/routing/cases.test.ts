import { describe, expect, test } from "vitest";
import { SLOTS } from "../../../../core/decide/routing/compiled-routes.ts";
import { determineInexpressible, routerKinds } from "../../../../core/decide/routing/expressible.ts";
import { routingCases } from "../../../cases/routing.ts";
import { answers, compiled, factsOf, request, routesOf } from "./routing-case.ts";

describe("the table of cases", () => {
  test.each(routingCases)("$name", (one) => {
    const facts = factsOf(one);
    const routes = compiled(one.routes, one);
    for (const { to, ...sent } of one.requests) {
      const found = new Map<string, number>();
      for (let slot = 0; slot < SLOTS; slot += 1) {
        const all = answers(routes.decide(request(sent), (slot + 0.5) / SLOTS), facts);
        for (const answer of all) found.set(answer, (found.get(answer) ?? 0) + 1 / all.length / SLOTS);
      }
      const wanted = typeof to === "string" ? { [to]: 1 } : to;
      expect([...found.keys()].sort(), JSON.stringify(sent)).toEqual(Object.keys(wanted).sort());
      for (const [name, part] of Object.entries(wanted)) expect(found.get(name), name).toBeCloseTo(part, 3);
    }
  });

  test.each(routingCases)("a router that can't do it says so beforehand: $name", ({ cannot = {}, routes }) => {
    for (const kind of routerKinds) if (kind in cannot) expect(determineInexpressible(routesOf(routes), kind), kind).not.toEqual([]);
  });
});
