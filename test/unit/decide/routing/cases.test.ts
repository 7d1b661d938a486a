import { describe, expect, test } from "vitest";
import { determineInexpressible, routerKinds } from "../../../../core/decide/routing/expressible.ts";
import { routingCases } from "../../../cases/routing.ts";
import { answers, compiled, factsOf, request, routesOf } from "./routing-case.ts";

/** Evenly over all slots. */
const DRAWS = 2_000;

describe("the table of cases", () => {
  test.each(routingCases)("$name", (one) => {
    const facts = factsOf(one);
    const routes = compiled(one.routes, one);
    for (const { to, ...sent } of one.requests) {
      const found = new Map<string, number>();
      for (let draw = 0; draw < DRAWS; draw += 1) {
        const all = answers(routes.decide(request(sent), (draw + 0.5) / DRAWS), facts);
        for (const answer of all) found.set(answer, (found.get(answer) ?? 0) + 1 / all.length / DRAWS);
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
