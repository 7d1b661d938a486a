/** The table of cases that every router is held to, through a real proxy, real requests and real services. */
import { afterEach, describe, expect, test } from "vitest";
import { routingCases } from "../../cases/routing.ts";
import { DEVIATIONS, answersOf, situationOf } from "./case-rig.ts";
import { closeAll, follow, openTestRouter } from "./router-rig.ts";

afterEach(closeAll);

/** So many requests where several share the traffic. */
const MANY = 400;

describe("the table of cases, through a real proxy", () => {
  test.each(routingCases.filter(({ cannot = {} }) => !("proxy" in cannot)))("$name", async (one) => {
    for (const { caller, to, ...sent } of one.requests) {
      const router = await openTestRouter({ hold: "0s" }, caller);
      follow(router, await situationOf(one));
      const times = typeof to === "string" ? 2 : MANY;
      const found = await answersOf(router.port, sent, times);
      if (typeof to === "string") expect([...found.keys()], JSON.stringify(sent)).toEqual([sent.method === "HEAD" ? "HEAD" : to]);
      else for (const [name, part] of Object.entries(to)) expect(Math.abs((found.get(name) ?? 0) / times - part), `${name} of ${JSON.stringify(Object.fromEntries(found))}`).toBeLessThanOrEqual(DEVIATIONS * Math.sqrt((part * (1 - part)) / times));
    }
  });
});
